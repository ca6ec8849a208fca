/** For so long, in milliseconds, a removal of a living pod is remembered. */
const MEMORY = 60 * 60_000;

/** For so long, in milliseconds, it is remembered since when a difference is wanted: two starts of the schedule's minute. */
const WANTED_MEMORY = 120_000;

/** What a process remembers from one pass to the next, by the same document. It decides nothing that a new process would lose. */
export type History = {
  /** How often this process has removed a living pod's instance within an hour, no pass having chosen the pod since. */
  readonly timesRemoved: (removal: Removal) => number;
  readonly noteRemoval: (removal: Removal) => void;
  /** A pass has wanted to remove it once more: somebody registers it again. */
  readonly noteContested: (removal: Removal) => void;
  /** A mapping of the service chooses the pod again: that its instance comes back is no wonder. */
  readonly noteChosen: (service: string, pods: ReadonlySet<string>) => void;
  /** AWS has refused an instance of a service, in these words; until the next sweep it is not tried again. */
  readonly noteRefusal: (service: string, id: string, words: string) => void;
  readonly refusalOf: (service: string, id: string) => string | undefined;
  readonly beginSweep: () => void;
  /** A sweep has ended that looked at these services, by their ids: what was contested there before, and was not now, is over. */
  readonly endSweep: (services: ReadonlySet<string>) => void;
  /** When a sweep last took a Cloud Map namespace on, in milliseconds since the epoch; undefined: none has. */
  readonly sweptAt: (namespace: string) => number | undefined;
  readonly noteSwept: (namespace: string, at: number) => void;
  /** Since when a pass wants what it has left of a service to the watch beside it, by what that is; see `ripen`. */
  readonly wantedOf: (service: string, now: number) => ReadonlyMap<string, number> | undefined;
  readonly noteWanted: (service: string, wanted: ReadonlyMap<string, number>, now: number) => void;
  /** Whether the last pass failed at the service: it comes last then. */
  readonly hasFailed: (service: string) => boolean;
  readonly noteOutcome: (service: string, failed: boolean) => void;
};

/** An instance that was removed although its pod lives. `service`: its id; `pod`: `namespace/name`; `at`: milliseconds since the epoch. */
export type Removal = { readonly service: string; readonly id: string; readonly pod: string; readonly at: number };

export function createHistory(): History {
  const removals = new Map<
    string,
    { readonly service: string; readonly pod: string; readonly times: readonly number[] }
  >();
  /** The service of each, by its id. */
  const contested = new Map<string, string>();
  let contestedBefore: ReadonlyMap<string, string> = new Map();
  const failed = new Set<string>();
  const refusals = new Map<string, string>();
  const swept = new Map<string, number>();
  const wants = new Map<string, { readonly wanted: ReadonlyMap<string, number>; readonly at: number }>();
  return {
    timesRemoved: (removal) => recent(removals.get(keyOf(removal))?.times ?? [], removal.at).length,
    noteRemoval: (removal) => {
      for (const [key, { times }] of removals) if (recent(times, removal.at).length === 0) removals.delete(key);
      const { service, pod, at } = removal;
      const known = removals.get(keyOf(removal)) ?? { service, pod, times: [] };
      removals.set(keyOf(removal), { ...known, times: [...recent(known.times, at), at] });
    },
    noteContested: (removal) => contested.set(keyOf(removal), removal.service),
    noteChosen: (service, pods) => {
      for (const [key, removal] of removals)
        if (removal.service === service && pods.has(removal.pod)) removals.delete(key);
    },
    noteRefusal: (service, id, words) => refusals.set(`${service} ${id}`, words),
    refusalOf: (service, id) => refusals.get(`${service} ${id}`),
    beginSweep: () => {
      refusals.clear();
      contestedBefore = new Map(contested);
      contested.clear();
    },
    endSweep: (services) => {
      for (const [key, service] of contestedBefore) {
        if (contested.has(key)) continue;
        if (services.has(service)) removals.delete(key);
        else contested.set(key, service);
      }
    },
    sweptAt: (namespace) => swept.get(namespace),
    noteSwept: (namespace, at) => swept.set(namespace, at),
    wantedOf: (service, now) => {
      const known = wants.get(service);
      return known === undefined || now - known.at > WANTED_MEMORY ? undefined : known.wanted;
    },
    noteWanted: (service, wanted, at) => {
      if (wanted.size === 0) wants.delete(service);
      else wants.set(service, { wanted, at });
    },
    hasFailed: (service) => failed.has(service),
    noteOutcome: (service, isFailed) => {
      if (isFailed) failed.add(service);
      else failed.delete(service);
    },
  };
}

function keyOf({ service, id, pod }: Removal): string {
  return `${service} ${id} ${pod}`;
}

function recent(times: readonly number[], at: number): readonly number[] {
  return times.filter((time) => at - time < MEMORY);
}
