import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { runReconcile } from "../../functions/cli/reconcile-command.ts";
import { registered, SHOP, putPod } from "../functions/shop.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { setUpCli } from "../support/cli.ts";
import { openStack } from "./stack/shop.ts";

const ALL = ["api 10.0.1.1", "web 10.0.0.1", "web 10.0.0.2"];
const SOON = { timeout: 10_000, interval: 20 };

test("apply --follow makes a pass, then follows the pods, and ends when it is told to", async () => {
  const { shop, follow, lines } = await openFollowing();
  const { ended, stop } = follow();
  await vi.waitFor(() => expect(registered(shop)).toEqual(ALL), SOON);
  await vi.waitFor(
    () => expect(lines()).toContainEqual(expect.objectContaining({ message: "following the pods" })),
    SOON,
  );
  await vi.waitFor(() => expect(isWatched(shop)).toBe(true), SOON);
  putPod(shop, "web-3", "10.0.0.3");
  await vi.waitFor(() => expect(registered(shop)).toContain("web 10.0.0.3"), SOON);
  shop.kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-1" });
  await vi.waitFor(() => expect(registered(shop)).not.toContain("web 10.0.0.1"), SOON);
  stop();
  expect(await ended).toBe(0);
  expect(lines()).toContainEqual(
    expect.objectContaining({ level: "INFO", message: "pass ended", cause: "schedule", ok: true }),
  );
  expect(lines()).toContainEqual(expect.objectContaining({ message: "pass ended", cause: "watch" }));
  expect(lines().at(-1)).toMatchObject({ message: "ended" });
});

test("with nothing to begin with it ends at once, with what is wrong", async () => {
  const { shop, follow, configure } = await openFollowing();
  await configure("cluster: [");
  await expect(follow().ended).rejects.toThrow("cannot be read as YAML or JSON");
  await configure(JSON.stringify({ cluster: "prdo", ...SHOP }));
  await expect(follow().ended).rejects.toThrow("EKS cluster prdo could not be described");
  expect(registered(shop)).toEqual([]);
});

test.each([
  ["--service", { service: ["web"] }],
  ["--force", { force: true }],
  ["--exit-code", { exitCode: true }],
])("%s is refused beside --follow", async (option, more) => {
  const { follow } = await openFollowing();
  await expect(follow(more).ended).rejects.toThrow(
    `--follow looks at every service until it is interrupted; leave ${option} away`,
  );
});

test.each([
  ["SIGTERM", 0],
  ["SIGINT", 130],
] as const)("%s ends it in good order, with exit code %i", async (signal, exitCode) => {
  const { start, config, kubeconfig, kubernetes, writes } = await setUpCli();
  const { child, ended } = start("apply", "--follow", "--config", config, "--kubeconfig", kubeconfig);
  const isWatching = () => kubernetes.log.some(({ query }) => query["watch"] === "true");
  await vi.waitFor(() => expect([writes().length, isWatching()]).toEqual([3, true]), SOON);
  kubernetes.put(podObject({ namespace: "shop", name: "web-3", ip: "10.0.0.3", labels: { app: "web" } }));
  await vi.waitFor(() => expect(writes()).toHaveLength(4), SOON);
  child.kill(signal);
  const { code, out, err } = await ended;
  expect(out).toMatch(
    /^cluster .*\nserver .*\nAWS .*\nowner .*\n\n\d\d:\d\d:\d\d keeping Cloud Map in sync version=\S+ commit=unknown\n/,
  );
  expect(out).toMatch(/ pass ended cause=schedule ok=true drift\.missing=2 services=1 calls=\d+ changed=2\n/);
  expect(out).toContain("\n  register 10.0.0.1 in shop.local/web: missing, of shop/web-1\n");
  expect(out).toMatch(/\n\d\d:\d\d:\d\d ended\n$/);
  expect(out).toMatch(/ followed the pods events=\d+ .*changes=\d+/);
  expect(out).not.toContain("error:");
  expect([code, err]).toEqual([exitCode, ""]);
});

/** `apply --follow` in this process, with a document in a file. */
async function openFollowing() {
  const { shop, sit } = await openStack();
  const config = join(await mkdtemp(join(tmpdir(), "follow-")), "sync.yaml");
  const configure = (text: string) => writeFile(config, text);
  await configure(JSON.stringify({ cluster: "prod", ...SHOP, watch: { coalesceMs: 50 } }));
  const said: string[] = [];
  return {
    shop,
    configure,
    lines: () => said.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
    follow: (more: object = {}) => {
      const { terminal, stop } = sit();
      const options = { config, output: "json", follow: true, ...more } as const;
      const ended = runReconcile("apply", options, { ...terminal, out: (line) => void said.push(line) });
      onTestFinished(async () => {
        stop();
        await ended.catch(() => {});
      });
      return { ended, stop };
    },
  };
}

function isWatched({ kubernetes }: Awaited<ReturnType<typeof openStack>>["shop"]): boolean {
  return kubernetes.log.some(({ query }) => "watch" in query);
}
