import { expect, test } from "vitest";
import type { Fault } from "../emulators/kubernetes/faults.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import type { PodShape } from "../emulators/kubernetes/workloads.ts";
import { expectSettled, open, WAIT } from "./watched.ts";

const WEB = { kind: "Pod", namespace: "shop", name: "web" };

test.each<[string, PodShape, PodShape]>([
  ["gets its address", shape({ ip: null }), shape()],
  ["gets another address", shape(), shape({ ip: "10.0.0.9" })],
  ["gets a second address", shape(), shape({ ips: ["10.0.0.1", "2001:db8::1"] })],
  ["turns ready", shape({ ready: false }), shape()],
  ["turns unready", shape(), shape({ ready: false })],
  ["is terminating", shape(), shape({ deleting: true })],
  ["ends", shape(), shape({ phase: "Succeeded" })],
  ["gets a label", shape(), shape({ labels: { app: "web", version: "2" } })],
  ["gets a virtual node", shape(), shape({ annotations: { "appmesh.k8s.aws/virtualNode": "web" } })],
  ["is another of the same name", shape({ uid: "first" }), shape({ uid: "second" })],
])("a pod that %s has changed", async (_, before, after) => {
  const { world, watch } = await open();
  world.put(podObject(before));
  const { changes } = await watch();
  world.put(podObject(after));
  await expect.poll(() => changes, WAIT).toEqual(["shop/web"]);
});

test("pods that come and go are changes, once they have an address and until they are terminating", async () => {
  const { world, watch } = await open();
  const { changes } = await watch();
  world.put(podObject(shape({ ip: null, phase: "Pending" })));
  await expectSettled(world, changes, []);
  world.put(podObject(shape()));
  await expectSettled(world, changes, ["shop/web"]);
  world.terminate(WEB, 60_000);
  await expectSettled(world, changes, ["shop/web", "shop/web"]);
  world.remove(WEB);
  await expectSettled(world, changes, ["shop/web", "shop/web"]);
  world.put(podObject(shape()));
  world.remove(WEB);
  await expectSettled(world, changes, ["shop/web", "shop/web", "shop/web", "shop/web"]);
});

test("what does not matter for Cloud Map is no change: other annotations, heartbeats, new versions", async () => {
  const { world, watch } = await open();
  world.put(podObject(shape()));
  const { changes, seen } = await watch();
  world.patch(WEB, { metadata: { annotations: { "example.com/checked": "yes" } } });
  world.patch(WEB, { status: { containerStatuses: [{ name: "app", restartCount: 3 }] } });
  world.patch(WEB, { metadata: { managedFields: [{ manager: "kubelet" }] } });
  await expectSettled(world, changes, []);
  expect(seen.events).toBe(4);
});

test("what the first list shows is no change", async () => {
  const { world, watch } = await open();
  for (let index = 0; index < 600; index++) world.put(podObject(shape({ name: `web-${index}` })));
  const { changes } = await watch();
  await expectSettled(world, changes, []);
});

test("a pod that changes while the first list is read is told", async () => {
  const { world, watch } = await open();
  for (let index = 0; index < 600; index++) world.put(podObject(shape({ name: `web-${index}` })));
  world.options.fault = ({ query }) => {
    if ("continue" in query) world.put(podObject(shape({ name: "web-0", ready: false })));
    return undefined;
  };
  const { changes } = await watch();
  await expect.poll(() => changes, WAIT).toEqual(["shop/web-0"]);
});

test.each<[string, Fault | undefined]>([
  ["closes it in good order", undefined],
  ["breaks off its stream", { kind: "break-body", afterBytes: 700 }],
  ["refuses it for a while", { kind: "status", status: 503 }],
  ["throttles it", { kind: "status", status: 429 }],
])("a watch goes on where it was when the server %s", async (_, fault) => {
  const { world, watch } = await open();
  const { changes, seen } = await watch();
  world.put(podObject(shape({ name: "first" })));
  await expect.poll(() => changes, WAIT).toEqual(["shop/first"]);
  let isFaulty = true;
  world.options.fault = ({ query }) => (isFaulty && query["watch"] === "true" ? fault : undefined);
  world.closeWatches();
  world.put(podObject(shape({ name: "second" })));
  world.put(podObject(shape({ name: "third" })));
  await expect.poll(() => seen.reconnects, WAIT).toBeGreaterThan(fault === undefined ? 0 : 1);
  isFaulty = false;
  await expect.poll(() => changes, WAIT).toEqual(["shop/first", "shop/second", "shop/third"]);
  expect(world.log.filter(({ query }) => query["limit"] === "500")).toHaveLength(1);
});

test("where the server has forgotten the place, the pods are listed again and compared", async () => {
  const { world, watch } = await open();
  for (const name of ["same", "deleted", "unready", "replaced"])
    world.put(podObject(shape({ name, uid: `first ${name}` })));
  const { changes, seen } = await watch();
  world.options.fault = ({ query }) => (query["watch"] === "true" ? { kind: "status", status: 503 } : undefined);
  world.closeWatches();
  world.remove({ ...WEB, name: "deleted" });
  world.remove({ ...WEB, name: "replaced" });
  world.put(podObject(shape({ name: "replaced", uid: "second" })));
  world.put(podObject(shape({ name: "unready", uid: "first unready", ready: false })));
  world.put(podObject(shape({ name: "new" })));
  world.compact();
  world.options.fault = undefined;
  await expect
    .poll(() => changes.toSorted())
    .toEqual(["deleted", "new", "replaced", "unready"].map((n) => `shop/${n}`));
  expect(seen.problems.join()).toContain("listed again");
});

test("a watch that was forgotten before it began lists again", async () => {
  const { world, watch } = await open();
  world.options.fault = ({ query, count }) => {
    if (query["watch"] === "true" && count > 0) world.options.fault = undefined;
    return query["watch"] === "true" ? { kind: "status", status: 410 } : undefined;
  };
  const { changes } = await watch(2);
  await expectSettled(world, changes, []);
});

test("a server that is gone is waited for, and what changed meanwhile is told", async () => {
  const { world, watch, restart } = await open();
  const { changes, seen } = await watch();
  const start = await restart();
  world.put(podObject(shape()));
  await expect.poll(() => seen.problems.join(), WAIT).toContain("ECONNREFUSED");
  await start();
  await expect.poll(() => changes, WAIT).toEqual(["shop/web"]);
});

test("bookmarks move the place on", async () => {
  const { world, watch } = await open({ bookmarkMs: 20 });
  const { changes, seen } = await watch();
  world.put(podObject({ name: "elsewhere", ip: null }));
  world.put({ apiVersion: "v1", kind: "Service", metadata: { name: "other" } });
  const version = String(world.store.resourceVersion());
  await new Promise((resolve) => setTimeout(resolve, 100));
  world.closeWatches();
  await expect.poll(() => seen.reconnects, WAIT).toBe(1);
  await expect.poll(() => world.log.at(-1)?.query["resourceVersion"], WAIT).toBe(version);
  expect(changes).toEqual([]);
});

function shape(wanted: Partial<PodShape> = {}): PodShape {
  return { name: "web", namespace: "shop", ip: "10.0.0.1", labels: { app: "web" }, ...wanted };
}
