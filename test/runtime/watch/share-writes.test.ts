import { expect, test } from "vitest";
import type { Change, Instance } from "../../../functions/core/model.ts";
import type { Outcome, Registry } from "../../../functions/core/ports.ts";
import { shareWrites } from "../../../functions/runtime/watch/share-writes.ts";
import { instance, service } from "../../support/builders.ts";

const WEB = service();
const LATER = Date.now() + 60_000;

test("what one pass writes counts as written in another's list, until it is confirmed", async () => {
  const { registry, held, end } = open([instance({ id: "10.0.0.1" }), instance({ id: "10.0.0.2" })]);
  const written = registry.apply(WEB, [register("10.0.0.3"), deregister("10.0.0.1")], LATER);
  expect(await ids(registry)).toEqual(["10.0.0.2", "10.0.0.3"]);
  end("done");
  await written;
  expect(await ids(registry)).toEqual(["10.0.0.1", "10.0.0.2"]);
  held.splice(0);
  expect(await ids(registry)).toEqual([]);
});

test("what is written while another pass's list is read counts too", async () => {
  const { registry, end, listing } = open([], true);
  const reading = ids(registry);
  void registry.apply(WEB, [register("10.0.0.3")], LATER);
  listing();
  expect(await reading).toEqual(["10.0.0.3"]);
  end("done");
});

test("a write that ends while another pass's list is read counts, whatever that list shows", async () => {
  const { registry, end, listing } = open([], true);
  const written = registry.apply(WEB, [register("10.0.0.3")], LATER);
  const reading = ids(registry);
  end("done");
  await written;
  listing();
  expect(await reading).toEqual(["10.0.0.3"]);
});

test("the same change is made once, and its outcome told to both", async () => {
  const { registry, applied, end } = open([]);
  const [mine, theirs] = [register("10.0.0.3"), register("10.0.0.3")];
  const both = [registry.apply(WEB, [mine], LATER), registry.apply(WEB, [theirs], LATER)];
  end("done");
  expect(await Promise.all(both)).toEqual([[{ change: mine, result: "done" }], [{ change: theirs, result: "done" }]]);
  expect(applied).toEqual([[mine]]);
});

test("another change of the same instance is made, and so is the same one of another service", async () => {
  const { registry, applied, end } = open([]);
  const changes = [register("10.0.0.3"), register("10.0.0.3", { team: "color" }), deregister("10.0.0.3")];
  const all = [
    ...changes.map((change) => registry.apply(WEB, [change], LATER)),
    registry.apply(service({ id: "srv-other" }), [register("10.0.0.3")], LATER),
  ];
  end("done");
  await Promise.all(all);
  expect(applied).toHaveLength(4);
});

test("a change that failed is made again when it is wanted again", async () => {
  const { registry, applied, end } = open([]);
  const first = registry.apply(WEB, [register("10.0.0.3")], LATER);
  const joined = registry.apply(WEB, [register("10.0.0.3")], LATER);
  end("late");
  expect((await Promise.all([first, joined])).flat().map(({ result }) => result)).toEqual(["late", "late"]);
  const again = registry.apply(WEB, [register("10.0.0.3")], LATER);
  end("done");
  expect((await again).map(({ result }) => result)).toEqual(["done"]);
  expect(applied).toHaveLength(2);
});

test("a registry that throws fails its own pass, and tells the other why", async () => {
  const { registry, end } = open([]);
  const first = registry.apply(WEB, [register("10.0.0.3")], LATER);
  const joined = registry.apply(WEB, [register("10.0.0.3")], LATER);
  end(new Error("no connection"));
  await expect(first).rejects.toThrow("no connection");
  expect(await joined).toMatchObject([{ result: "failed", error: { message: "no connection" } }]);
});

async function ids(registry: Registry): Promise<readonly string[]> {
  return (await registry.listInstances(WEB)).map(({ id }) => id).toSorted();
}

function register(id: string, attributes: Readonly<Record<string, string>> = {}): Change {
  const all = { AWS_INSTANCE_IPV4: id, ...attributes };
  const since = "2026-11-01T08:00:05Z";
  return {
    kind: "register",
    id,
    pod: undefined,
    attributes: all,
    health: undefined,
    reason: "missing",
    keys: [],
    since,
  };
}

function deregister(id: string): Change {
  return { kind: "deregister", id, pod: undefined, reason: "pod-gone" };
}

/** A registry whose writes end when the test says so, and its lists too where they are slow. */
function open(held: Instance[], isSlow = false) {
  const applied: (readonly Change[])[] = [];
  const pending: ((how: "done" | "late" | Error) => void)[] = [];
  const listed = Promise.withResolvers<void>();
  const registry = shareWrites({
    listServices: neverAsked,
    createService: neverAsked,
    deleteService: neverAsked,
    listInstances: async () => {
      if (isSlow) await listed.promise;
      return [...held];
    },
    apply: (_service, changes) => {
      applied.push(changes);
      return new Promise<readonly Outcome[]>((resolve, reject) => {
        pending.push((how) =>
          how instanceof Error ? reject(how) : resolve(changes.map((change) => ({ change, result: how }))),
        );
      });
    },
  });
  const end = (how: "done" | "late" | Error) => {
    for (const one of pending.splice(0)) one(how);
  };
  return { registry, held, applied, end, listing: listed.resolve };
}

function neverAsked(): Promise<never> {
  return Promise.reject(new Error("not asked for here"));
}
