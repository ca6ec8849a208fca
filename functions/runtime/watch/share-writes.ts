import { within } from "../../cloudmap/time-limit.ts";
import { differingKeys } from "../../core/attributes.ts";
import { toError } from "../../core/errors.ts";
import type { Change } from "../../core/change.ts";
import type { Service } from "../../core/model.ts";
import type { Outcome, Registry } from "../../core/ports.ts";

/** A write that has been begun. `doneAt`: when it was confirmed, in milliseconds since the epoch. */
type Write = {
  readonly service: string;
  readonly change: Change;
  readonly outcome: Promise<Outcome>;
  doneAt: number | undefined;
};

/** No list that changes are planned by is older than this when they are made, in milliseconds. */
const MEMORY = 60_000;

/**
 * A registry for passes that overlap in one process: a change that two of them want is made once, and waited for by both. A
 * write that fails is its own pass's to try again.
 *
 * | under way      | in the others' lists                                                                                  |
 * |----------------|-------------------------------------------------------------------------------------------------------|
 * | a removal      | counts as made: nobody needs to wait for it, and whoever counts on an instance must not on this one    |
 * | a registration | is not there until Cloud Map shows it: what it replaces may go only once it is confirmed               |
 *
 * What was confirmed since another began its list may not be in that list: it is done for that one, too.
 */
export function shareWrites(registry: Registry, now: () => number): Registry {
  const writes = new Map<string, Write>();
  return {
    ...registry,
    listInstances: async (service, until) => {
      // Also those that end while the list is read: it may show them or not.
      const before = removalsOf(service);
      const instances = await registry.listInstances(service, until);
      const leaving = new Set([...before, ...removalsOf(service)]);
      return instances.filter(({ id }) => !leaving.has(id));
    },
    apply: async (service, changes, times) => {
      const joined = new Map(changes.map((change) => [change, sameAs(service, change, times.seen)?.outcome]));
      for (const [key, { doneAt = Infinity }] of writes) if (now() - doneAt > MEMORY) writes.delete(key);
      const own = changes.filter((change) => joined.get(change) === undefined);
      const applied = own.length === 0 ? Promise.resolve([]) : registry.apply(service, own, times);
      for (const change of own) begin(service, change, applied);
      const outcomes = new Map((await applied).map((outcome) => [outcome.change, outcome]));
      return Promise.all(
        changes.map(async (change): Promise<Outcome> => {
          const others = joined.get(change);
          if (others === undefined) return outcomes.get(change) ?? { change, result: "not-begun" };
          const ended = await within(Math.min(times.patience, times.end - now()), others);
          return ended === undefined ? { change, result: "pending" } : { ...ended.value, change, isAnothers: true };
        }),
      );
    },
  };

  function removalsOf({ id }: Service): readonly string[] {
    return [...writes.values()].flatMap(({ service, change, doneAt }) =>
      service === id && change.kind === "deregister" && doneAt === undefined ? [change.id] : [],
    );
  }

  function sameAs(service: Service, change: Change, seen: number): Write | undefined {
    const write = writes.get(keyOf(service, change));
    if (write === undefined || !isSame(write.change, change)) return undefined;
    return write.doneAt === undefined || write.doneAt >= seen ? write : undefined;
  }

  /** Health is no part of this: it is sent at once, and remembered by the registry itself. */
  function begin(service: Service, change: Change, applied: Promise<readonly Outcome[]>): void {
    if (change.kind === "set-health") return;
    const key = keyOf(service, change);
    const outcome = applied.then(
      (outcomes): Outcome => outcomes.find((one) => one.change === change) ?? { change, result: "not-begun" },
      (error: unknown): Outcome => ({ change, result: "failed", error: toError(error) }),
    );
    const write: Write = { service: service.id, change, outcome, doneAt: undefined };
    writes.set(key, write);
    void outcome.then(({ result }) => {
      if (result === "done") write.doneAt = now();
      else if (writes.get(key) === write) writes.delete(key);
    });
  }
}

function isSame(a: Change, b: Change): boolean {
  if (a.kind !== "register" || b.kind !== "register") return a.kind === b.kind;
  return differingKeys(a.attributes, b.attributes, []).length === 0;
}

function keyOf({ id }: Service, change: Change): string {
  return `${id} ${change.id}`;
}
