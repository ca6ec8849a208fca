import { sleep } from "../../cloudmap/time-limit.ts";
import type { Change } from "../../core/change.ts";
import type { Service } from "../../core/model.ts";
import type { Outcome, Registry } from "../../core/ports.ts";

/** How long a difference is left to whoever follows the pods, in milliseconds: under the age at which a list counts no more. */
const YOUNG = 15_000;

/**
 * A registry for one pass beside a watch, which makes most differences good within a second: a change is made only once it has
 * been wanted for so long. Until then it is not begun, so that the pass looks again, and finds what is still to do.
 */
export function leaveYoung(registry: Registry, now: () => number): Registry {
  const wantedSince = new Map<string, number>();
  const ageOf = (service: Service, change: Change) => {
    const key = JSON.stringify([
      service.id,
      change.kind,
      change.id,
      change.kind === "register" ? change.attributes : "",
    ]);
    const since = wantedSince.get(key) ?? now();
    wantedSince.set(key, since);
    return now() - since;
  };
  return {
    ...registry,
    apply: async (service, changes, times) => {
      const ages = new Map(changes.map((change) => [change, ageOf(service, change)]));
      const isOld = (change: Change) => (ages.get(change) ?? 0) >= YOUNG;
      const old = changes.filter(isOld);
      const made = new Map(
        (old.length === 0 ? [] : await registry.apply(service, old, times)).map((one) => [one.change, one]),
      );
      const youngest = Math.min(...changes.filter((change) => !isOld(change)).map((change) => ages.get(change) ?? 0));
      if (old.length < changes.length) await sleep(Math.max(0, Math.min(YOUNG - youngest, times.begin - now())));
      return changes.map((change): Outcome => made.get(change) ?? { change, result: "not-begun" });
    },
  };
}
