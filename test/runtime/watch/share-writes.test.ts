import { expect, test } from "vitest";
import type { Change } from "../../../functions/core/change.ts";
import type { Instance } from "../../../functions/core/model.ts";
import type { Outcome, Registry } from "../../../functions/core/ports.ts";
import { shareWrites } from "../../../functions/runtime/watch/share-writes.ts";
import { instance, service } from "../../support/builders.ts";

const WEB = service();
const LATER = { seen: 0, begin: 60_000, patience: 60_000, end: 60_000 };

test("an instance that one pass removes is gone from another's list at once", async () => {
  const { registry, held, end } = open([instance({ id: "10.0.0.1" }), instance({ id: "10.0.0.2" })]);
  const written = registry.apply(WEB, [deregister("10.0.0.1")], LATER);
  expect(await ids(registry)).toEqual(["10.0.0.2"]);
  end("done");
  await written;
  expect(await ids(registry)).toEqual(["10.0.0.1", "10.0.0.2"]);
  held.splice(0);
  expect(await ids(registry)).toEqual([]);
});

test("an instance that one pass registers is in another's list only when Cloud Map shows it", async () => {
  const { registry, held, end } = open([instance({ id: "10.0.0.1" })]);
  const written = registry.apply(WEB, [register("10.0.0.2")], LATER);
  expect(await ids(registry)).toEqual(["10.0.0.1"]);
  held.push(instance({ id: "10.0.0.2" }));
  end("done");
  await written;
  expect(await ids(registry)).toEqual(["10.0.0.1", "10.0.0.2"]);
});

test("another's instance that appears where one pass registers is shown as it is", async () => {
  const { registry, held } = open([]);
  void registry.apply(WEB, [register("10.0.0.2")], LATER);
  const foreign = instance({ id: "10.0.0.2", owner: "somebody else" });
  held.push(foreign);
  expect(await registry.listInstances(WEB)).toEqual([foreign]);
});

test("a removal that begins or ends while another pass's list is read counts, whatever that list shows", async () => {
  const { registry, end, listing } = open([instance({ id: "10.0.0.1" }), instance({ id: "10.0.0.2" })], true);
  const first = registry.apply(WEB, [deregister("10.0.0.1")], LATER);
  const reading = ids(registry);
  end("done");
  await first;
  void registry.apply(WEB, [deregister("10.0.0.2")], LATER);
  listing();
  expect(await reading).toEqual([]);
});

test("the same change is made once, and its outcome told to both, with whose it is", async () => {
  const { registry, applied, end } = open([]);
  const [mine, theirs] = [register("10.0.0.3"), register("10.0.0.3")];
  const both = [registry.apply(WEB, [mine], LATER), registry.apply(WEB, [theirs], LATER)];
  end("done");
  expect(await Promise.all(both)).toEqual([
    [{ change: mine, result: "done", at: 7 }],
    [{ change: theirs, result: "done", at: 7, isAnothers: true }],
  ]);
  expect(applied).toEqual([[mine]]);
});

test("what was confirmed since another pass began its list is done for that one too, and made again for a later one", async () => {
  const { registry, applied, end } = open([]);
  const first = registry.apply(WEB, [register("10.0.0.3")], LATER);
  end("done");
  await first;
  expect(await registry.apply(WEB, [register("10.0.0.3")], { ...LATER, seen: 0 })).toMatchObject([{ result: "done" }]);
  expect(applied).toHaveLength(1);
  const again = registry.apply(WEB, [register("10.0.0.3")], { ...LATER, seen: 1 });
  end("done");
  expect(await again).toMatchObject([{ result: "done" }]);
  expect(applied).toHaveLength(2);
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
  end("not-begun");
  expect((await Promise.all([first, joined])).flat().map(({ result }) => result)).toEqual(["not-begun", "not-begun"]);
  const again = registry.apply(WEB, [register("10.0.0.3")], LATER);
  end("done");
  expect((await again).map(({ result }) => result)).toEqual(["done"]);
  expect(applied).toHaveLength(2);
});

test("what another pass writes is waited for only as long as there is time", async () => {
  const { registry, applied, end } = open([]);
  const first = registry.apply(WEB, [register("10.0.0.3")], LATER);
  const joined = registry.apply(WEB, [register("10.0.0.3")], { seen: 0, begin: 10, patience: 10, end: 10 });
  expect((await joined).map(({ result }) => result)).toEqual(["pending"]);
  end("done");
  expect((await first).map(({ result }) => result)).toEqual(["done"]);
  expect(applied).toHaveLength(1);
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
  const pending: ((how: "done" | "not-begun" | Error) => void)[] = [];
  const listed = Promise.withResolvers<void>();
  const parts: Registry = {
    listNamespaces: neverAsked,
    listServicesIn: neverAsked,
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
          how instanceof Error ? reject(how) : resolve(changes.map((change) => outcomeOf(change, how))),
        );
      });
    },
  };
  const registry = shareWrites(parts, () => 0);
  const end = (how: "done" | "not-begun" | Error) => {
    for (const one of pending.splice(0)) one(how);
  };
  return { registry, held, applied, end, listing: listed.resolve };
}

function outcomeOf(change: Change, result: "done" | "not-begun"): Outcome {
  return result === "done" ? { change, result, at: 7 } : { change, result };
}

function neverAsked(): Promise<never> {
  return Promise.reject(new Error("not asked for here"));
}
