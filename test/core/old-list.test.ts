import { expect, test } from "vitest";
import { instance, pod } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";
import { crowd, memoryCluster } from "../support/memory-world.ts";
import type { PortCall } from "../support/memory-world.ts";

/** No write is begun more than 20 s after its list of pods was; what is left is looked at again: registry, then pods. */

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const web2 = pod({ name: "web-2", ip: "10.0.0.2" });
const given = { pods: [web1, web2], instances: { web: [instance(), instance({ id: "10.0.0.3", pod: "web-3" })] } };

test("within that time the list counts", async () => {
  const { calls } = await pass({ ...given, ...slow(1, 20_000) });
  expect(listsOf(calls)).toBe(2);
  expect(writesOf(calls)).toEqual(["web: register 10.0.0.2", "web: deregister 10.0.0.3"]);
});

test("after it the pods are listed again, and what that still says is written", async () => {
  const { calls, report } = await pass({ ...given, ...slow(1) });
  expect(listsOf(calls)).toBe(4);
  expect(writesOf(calls)).toEqual(["web: register 10.0.0.2", "web: deregister 10.0.0.3"]);
  expect(report).toMatchObject({ ok: true, services: [{ registered: 2 }] });
});

test("a pod that has come to life at the address meanwhile is spared", async () => {
  const pods = memoryCluster(web1, web2);
  const { hooks, before } = slow(1);
  let lists = 0;
  const { calls, report } = await pass({
    ...given,
    pods,
    hooks,
    before: (call) => {
      before(call);
      if (call.kind === "list-pods" && ++lists === 3) pods.set("shop/web-3", pod({ name: "web-3", ip: "10.0.0.3" }));
    },
  });
  expect(writesOf(calls)).toEqual(["web: register 10.0.0.2"]);
  expect(report).toMatchObject({ ok: true, services: [{ registered: 3 }] });
});

test("a pod that is unselected by now goes once another look agrees, and the guard has seen it so", async () => {
  const pods = memoryCluster(web1, web2);
  const { hooks, before } = slow(1);
  let lists = 0;
  const { calls } = await pass({
    ...given,
    pods,
    hooks,
    before: (call) => {
      before(call);
      if (call.kind === "list-pods" && ++lists === 3)
        pods.set("shop/web-3", pod({ name: "web-3", ip: "10.0.0.3", labels: {} }));
    },
  });
  expect(listsOf(calls)).toBe(6);
  expect(writesOf(calls)).toEqual(["web: register 10.0.0.2", "web: deregister 10.0.0.3"]);
});

test("when the time is up nothing is listed again, and the next pass goes on", async () => {
  const { calls, report } = await pass({ ...given, ...slow(1), request: { deadline: 20_500 } });
  expect(listsOf(calls)).toBe(2);
  expect(report).toMatchObject({
    ok: false,
    services: [
      { registered: 2, held: [{ id: "10.0.0.2" }, { kind: "deregister", id: "10.0.0.3", reason: "unfinished" }] },
    ],
  });
});

test("lists that are always too slow are given up", async () => {
  const { calls, report } = await pass({ ...given, ...slow(100) });
  expect(listsOf(calls)).toBe(6);
  expect(writesOf(calls)).toEqual([]);
  expect(report.services[0]?.held).toMatchObject([
    { kind: "register", reason: "unfinished" },
    { kind: "deregister", reason: "unfinished" },
  ]);
});

test("a list that cannot be read again is the service's failure, and what was not sent is told", async () => {
  const { hooks, before } = slow(1);
  let lists = 0;
  const listFailure = () => (++lists > 2 ? new Error("410") : undefined);
  const { report, registry } = await pass({ ...given, before, hooks: { ...hooks, listFailure } });
  expect(report.services).toMatchObject([
    {
      error: "410",
      held: [
        { id: "10.0.0.2", reason: "unfinished" },
        { id: "10.0.0.3", reason: "unfinished" },
      ],
    },
  ]);
  expect(registry.get("web")?.size).toBe(2);
});

test("a pod that dies while slow writes go on is not registered on a list that has grown old", async () => {
  const { pods } = crowd(150);
  const cluster = memoryCluster(...pods);
  let time = 0;
  let listedAt = 0;
  let oldest = 0;
  const { calls, report } = await pass({
    pods: cluster,
    instances: { web: [] },
    hooks: { now: () => time },
    before: ({ kind }) => {
      if (kind === "list-pods") listedAt = time;
      if (kind !== "write") return;
      oldest = Math.max(oldest, time - listedAt);
      time += 200;
      if (time >= 2_000) cluster.delete("shop/crowd-99");
    },
  });
  expect(writesOf(calls)).not.toContain("web: register 10.1.0.99");
  expect(oldest).toBeLessThanOrEqual(20_000);
  expect(report).toMatchObject({ ok: true, services: [{ registered: 149, held: [] }] });
});

/** A clock that stands still but for the first so many lists of nodes, each of which takes so many milliseconds. */
function slow(times: number, milliseconds = 21_000) {
  let left = times;
  let time = 0;
  return {
    hooks: { now: () => time },
    before: ({ kind }: PortCall) => {
      if (kind === "list-nodes" && left-- > 0) time += milliseconds;
    },
  };
}

function listsOf(calls: readonly PortCall[]): number {
  return calls.filter(({ kind }) => kind === "list-pods").length;
}
