import { expect, onTestFinished, test } from "vitest";
import { MOST_LABELS } from "../../functions/core/kept-labels.ts";
import type { KeepLabels, Pod } from "../../functions/core/model.ts";
import { createKubernetes } from "../../functions/kubernetes/cluster.ts";
import { createConnection } from "../../functions/kubernetes/connection.ts";
import { createPodMemory } from "../../functions/kubernetes/pod-memory.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { createKubernetes as createWorld } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";

const MINUTE = 60_000;

test("a pod that stays as it is stays the same, and one that changes is read anew", async () => {
  const { world, list } = await open();
  world.put(podObject({ name: "web-0", ip: "10.0.0.1" }));
  world.put(podObject({ name: "web-1", ip: "10.0.0.2" }));
  const [first, second] = await list();
  world.put(podObject({ name: "web-1", ip: "10.0.0.2", ready: false }));
  const later = await list();
  expect(later[0]).toBe(first);
  expect([second?.state, later[1]?.state]).toEqual(["ready", "not-ready"]);
});

test("which of many labels a pod keeps is for each list to say", async () => {
  const { world, list } = await open();
  const labels = Object.fromEntries(Array.from({ length: MOST_LABELS + 1 }, (_, n) => [`team-${n}`, "x"]));
  world.put(podObject({ name: "web-0", ip: "10.0.0.1", labels }));
  const keys = ["team-3", "team-7"];
  for (const key of keys) expect((await list(() => ({ [key]: "x" })))[0]?.labels).toEqual({ [key]: "x" });
});

test("what no list has shown for four minutes is forgotten, and what is shown each minute is not", () => {
  let minutes = 0;
  const memory = createPodMemory(() => minutes * MINUTE);
  const [here, gone] = [note(memory, "web-0"), note(memory, "web-1")];
  for (; minutes < 10; minutes++) {
    expect(memory.recall(here)?.key.name).toBe("web-0");
    // Other pods come and go.
    note(memory, `job-${minutes}`);
  }
  expect(memory.recall(gone)).toBeUndefined();
});

test("texts of 12 MB are remembered, and no more", () => {
  const memory = createPodMemory(() => 0);
  const texts = Array.from({ length: 13 }, (_, n) => note(memory, `web-${n}`, "x".repeat(2 ** 20)));
  expect(texts.map((text) => memory.recall(text) !== undefined)).toEqual(texts.map((_, n) => n < 11));
});

/** Returns the text by which it is known. */
function note({ project }: ReturnType<typeof createPodMemory>, name: string, more = ""): string {
  const object = podObject({ name, ip: "10.0.0.1" });
  const text = JSON.stringify({ ...object, more });
  project(object, text, undefined);
  return text;
}

async function open() {
  const world = createWorld();
  const server = await serve(kubernetesHandler(world));
  onTestFinished(server.close);
  const { listPods } = createKubernetes(createConnection({ server: new URL(server.url) }));
  const list = async (keep?: KeepLabels): Promise<readonly Pod[]> => {
    const [read] = (await listPods([{ namespace: "default", labelSelector: "" }], Infinity, keep)).values();
    if (read === undefined || "failure" in read) throw new Error("no complete list", { cause: read?.failure });
    return read.value;
  };
  return { world, list };
}
