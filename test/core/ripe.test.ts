import { expect, test } from "vitest";
import { instance, pod } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";
import { memoryCluster, memoryRegistry } from "../support/memory-world.ts";

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

test("it waits no longer than there is time", async () => {
  expect(await passBesideWatch(() => {}, 4_000)).toMatchObject({ writes: [], time: 4_000 });
});
