import { differingKeys } from "../../core/attributes.ts";
import { toError } from "../../core/errors.ts";
import type { Change, Instance, Service } from "../../core/model.ts";
import type { Outcome, Registry } from "../../core/ports.ts";

/** A write that has been begun and is not confirmed yet. */
type Write = { readonly service: string; readonly change: Change; readonly outcome: Promise<Outcome> };

/**
 * A registry for passes that overlap in one process, so that none waits for another's confirmations, which take Cloud Map
 * seconds: what one pass has begun to write counts as written in the others' lists, and a change that two of them want is made
 * once, and waited for by both. A write that fails is its own pass's to try again.
 */
export function shareWrites(registry: Registry): Registry {
  const writes = new Map<string, Write>();
  return {
    ...registry,
    listInstances: async (service) => {
      // Also those that end while the list is read: it may show them or not.
      const before = writesOf(service);
      const instances = await registry.listInstances(service);
      return [...before, ...writesOf(service)].reduce(withWrite, instances);
    },
    apply: async (service, changes, until) => {
      const joined = new Map(changes.map((change) => [change, sameAs(service, change)?.outcome]));
      const own = changes.filter((change) => joined.get(change) === undefined);
      const applied = own.length === 0 ? Promise.resolve([]) : registry.apply(service, own, until);
      for (const change of own) begin(service, change, applied);
      const outcomes = new Map((await applied).map((outcome) => [outcome.change, outcome]));
      return Promise.all(
        changes.map(async (change): Promise<Outcome> => {
          const others = joined.get(change);
          if (others !== undefined) return { ...(await others), change };
          return outcomes.get(change) ?? { change, result: "unfinished" };
        }),
      );
    },
  };

  function writesOf({ id }: Service): readonly Write[] {
    return [...writes.values()].filter(({ service }) => service === id);
  }

  function sameAs(service: Service, change: Change): Write | undefined {
    const write = writes.get(keyOf(service, change));
    return write !== undefined && isSame(write.change, change) ? write : undefined;
  }

  /** Health is no part of this: it is sent at once, and remembered by the registry itself. */
  function begin(service: Service, change: Change, applied: Promise<readonly Outcome[]>): void {
    if (change.kind === "set-health") return;
    const key = keyOf(service, change);
    const outcome = applied.then(
      (outcomes): Outcome => outcomes.find((one) => one.change === change) ?? { change, result: "unfinished" },
      (error: unknown): Outcome => ({ change, result: "failed", error: toError(error) }),
    );
    const write = { service: service.id, change, outcome };
    writes.set(key, write);
    void outcome.then(() => {
      if (writes.get(key) === write) writes.delete(key);
    });
  }
}

function withWrite(instances: readonly Instance[], { change }: Write): readonly Instance[] {
  const others = instances.filter(({ id }) => id !== change.id);
  if (change.kind !== "register") return others;
  return [...others, { id: change.id, attributes: change.attributes, health: change.health }];
}

function isSame(a: Change, b: Change): boolean {
  if (a.kind !== "register" || b.kind !== "register") return a.kind === b.kind;
  return differingKeys(a.attributes, b.attributes, []).length === 0;
}

function keyOf({ id }: Service, change: Change): string {
  return `${id} ${change.id}`;
}
