import { execFile } from "node:child_process";
import { expect, test } from "vitest";

test("runs a bundle on a sample, and prints what it logged, measured, called and answered", async () => {
  const { code, out } = await invoke("scheduled-reconcile", "events/schedule.json");
  expect(code).toBe(0);
  expect(out).toMatch(/pass ended .*"id":"192.168.50.137"/);
  expect(out).toContain("EksCloudMapSync cluster=prod deployment=default\n  PassDuration");
  expect(out).toContain("servicediscovery RegisterInstance");
  expect(out).toMatch(/== answer\n\{\n {2}"version": "[^"]+",\n {2}"services"/);
});

test("shows what a function sends to the queue", async () => {
  const { out } = await invoke("audit-log", "events/audit-log-pod-ready.json");
  expect(out).toContain('== waiting in the queue\n{"scope":{"kind":"namespace","namespace":"howto-k8s-cloudmap"}}');
});

test("says what a function threw", async () => {
  const { code, out } = await invoke("manual-resync", "events/resync-wrong.json");
  expect(code).toBe(1);
  expect(out).toContain("== failed\nInputError: nothing was changed: the payload is wrong");
});

test.each([
  [[], "Write a function and a sample."],
  [["scheduled"], "Write a function and a sample."],
  [["scheduled", "events/schedule.json"], "There is no function scheduled."],
  [["scheduled-reconcile", "events/schedul.json"], "events/schedul.json cannot be read as JSON: ENOENT"],
])("%j gets a sentence, and the list of functions and samples", async (args, says) => {
  const { code, err } = await invoke(...args);
  expect(code).toBe(1);
  expect(err).toContain(says);
  expect(err).toContain("\n  scheduled-reconcile\n");
  expect(err).toContain("\n  events/schedule-sweep.json\n");
});

function invoke(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["test/invoke/main.ts", ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}
