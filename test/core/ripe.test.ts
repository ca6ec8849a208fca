import { describe, expect, test } from "vitest";
import { createHistory } from "../../functions/core/history.ts";
import type { Change } from "../../functions/core/change.ts";
import { ripen } from "../../functions/core/ripe.ts";
import { instance, pod } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";
import { memoryCluster, memoryRegistry } from "../support/memory-world.ts";
import { plan } from "../support/scene.ts";

/** A pass beside a watch, and what happens while it waits. */
async function passBesideWatch(meanwhile: (given: ReturnType<typeof world>) => void, deadline = 100_000) {
  const given = world();
  let time = 0;
  const { report, calls } = await pass({
    pods: given.cluster,
    registry: given.registry,
    request: { ripeAfter: 15_000, deadline },
    hooks: {
      now: () => time,
      pause: async (milliseconds) => {
        time += milliseconds;
        meanwhile(given);
      },
    },
  });
  return { report, writes: writesOf(calls), time };
}

function world() {
  return {
    cluster: memoryCluster(pod({ name: "web-1", ip: "10.0.0.1" }), pod({ name: "web-2", ip: "10.0.0.2" })),
    registry: memoryRegistry({ web: [instance({ pod: "web-1", id: "10.0.0.1" })] }),
  };
}

test("beside a watch a difference is made good once it has lasted for 15 s", async () => {
  expect(await passBesideWatch(() => {})).toMatchObject({ writes: ["web: register 10.0.0.2"], time: 15_000 });
});

test("what the watch has made good meanwhile is left alone", async () => {
  const { report, writes } = await passBesideWatch(({ registry }) => {
    registry.get("web")?.set("10.0.0.2", instance({ pod: "web-2", id: "10.0.0.2" }));
  });
  expect(writes).toEqual([]);
  expect(report.services[0]?.held).toEqual([]);
});

test("what has come meanwhile is the next pass's, unless the watch is faster", async () => {
  const { report, writes, time } = await passBesideWatch(({ cluster }) => {
    cluster.set("shop/web-3", pod({ name: "web-3", ip: "10.0.0.3" }));
  });
  expect(writes).toEqual(["web: register 10.0.0.2"]);
  expect(report.services[0]?.held).toMatchObject([{ id: "10.0.0.3", reason: "unfinished" }]);
  expect(time).toBe(15_000);
});

test("what the last pass wanted already is made good at once, and what is young beside it is left", async () => {
  const given = world();
  const history = createHistory();
  let time = 0;
  const begin = (deadline: number) =>
    pass({
      pods: given.cluster,
      registry: given.registry,
      request: { ripeAfter: 15_000, deadline },
      hooks: { history, now: () => time, pause: async (milliseconds) => void (time += milliseconds) },
    });
  expect(writesOf((await begin(4_000)).calls)).toEqual([]);
  time = 60_000;
  given.cluster.set("shop/web-3", pod({ name: "web-3", ip: "10.0.0.3" }));
  expect(writesOf((await begin(100_000)).calls)).toEqual(["web: register 10.0.0.2"]);
  expect(time).toBe(60_000);
});

test("it waits no longer than there is time", async () => {
  expect(await passBesideWatch(() => {}, 4_000)).toMatchObject({ writes: [], time: 4_000 });
});

describe("since when a difference is wanted", () => {
  const leaves = { kind: "deregister", id: "10.0.0.9", pod: undefined, reason: "pod-gone" } as const;

  test("does not matter where nobody follows the pods", () => {
    const ripened = ripen({}, [leaves], 1_000, 0);
    expect(ripened).toEqual({ ripe: [leaves], wanted: undefined, ripeAt: undefined });
  });

  test("is kept from look to look, until it is ripe", () => {
    const first = ripen({}, [leaves], 1_000, 15_000);
    expect(first).toMatchObject({ ripe: [], ripeAt: 16_000 });
    expect(ripen(first, [leaves], 15_999, 15_000)).toMatchObject({ ripe: [], ripeAt: 16_000 });
    expect(ripen(first, [leaves], 16_000, 15_000)).toMatchObject({ ripe: [leaves], ripeAt: undefined });
  });

  test("begins anew where other attributes are wanted", () => {
    const first = ripen({}, [registers("web")], 1_000, 15_000);
    expect(ripen(first, [registers("api")], 16_000, 15_000)).toMatchObject({ ripe: [], ripeAt: 31_000 });
    expect(ripen(first, [registers("web")], 16_000, 15_000).ripe).toHaveLength(1);
  });

  test("counts for each by itself: the rest is ripe when the last of it is", () => {
    const first = ripen({}, [leaves], 1_000, 15_000);
    const second = ripen(first, [leaves, registers("web")], 9_000, 15_000);
    expect(second.ripeAt).toBe(24_000);
    expect(ripen(second, [leaves, registers("web")], 16_000, 15_000)).toMatchObject({ ripe: [leaves], ripeAt: 24_000 });
  });
});

function registers(app: string): Change {
  const [change] = plan({ pods: [pod()] }).changes;
  if (change?.kind !== "register") throw new Error("no registration");
  return { ...change, attributes: { app } };
}
