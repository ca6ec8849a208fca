import { settle } from "../emulators/cloudmap/running.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import { listedFor } from "./removals.ts";
import type { Acts, Listed } from "./removals.ts";
import type { Witness } from "./witness.ts";

/** What was seen of one deployment while a scenario ran; times in seconds. */
export type Figures = {
  /** How long each ready pod was not registered yet. */
  readonly missing: number[];
  /** How long each pod that was gone stayed. */
  readonly stale: number[];
  /** Services whose last instance was taken out by a pass that listed pods when some had been ready, with how many those were. */
  readonly emptied: string[];
  /** Addresses that were taken out by a pass that listed pods when theirs had been ready, and has been since. */
  readonly lost: string[];
  /** Either of the two, where an older pass of the same function may have done it: the residual that the next pass heals. */
  readonly residual: string[];
};

export type Judge = {
  /** Forgets what was seen, and begins anew. */
  readonly begin: () => void;
  readonly figures: () => Figures;
  /** The addresses that Cloud Map holds now, by its service. */
  readonly held: () => ReadonlyMap<string, ReadonlySet<string>>;
  /** In what Cloud Map differs from the EndpointSlices now, and what is not decided yet. */
  readonly differences: () => readonly string[];
  readonly stop: () => void;
};

/** An address in a service, milliseconds since the epoch. */
type Address = {
  readonly readySince: number | undefined;
  readonly goneSince: number | undefined;
  readonly isHeld: boolean;
  /** Whether it is known how long it was missing. */
  readonly isCounted: boolean;
};

/** What breaks a rule unless the EndpointSlices were behind: unless those that were ready turn out not to be. */
type Doubt = {
  readonly at: number;
  readonly into: "emptied" | "lost" | "residual";
  readonly name: string;
  readonly text: string;
  /** Since when each address was ready. */
  readonly ready: ReadonlyMap<string, number>;
};

/** How often both sides are compared, and from when on a pod counts as ready, in milliseconds: the two watches differ by moments. */
const TICK = 100;
const SURE = 1_500;
const UNKNOWN: Address = { readySince: undefined, goneSince: undefined, isHeld: false, isCounted: false };

/** Compares Cloud Map with the EndpointSlices all the time. `services`: the cluster's `namespace/name` by Cloud Map's name. */
export function openJudge(acts: Acts, witness: Witness, services: ReadonlyMap<string, string>): Judge {
  const { cloudMap } = acts;
  let figures = noFigures();
  let doubts: readonly Doubt[] = [];
  const known = new Map([...services.keys()].map((name) => [name, new Map<string, Address>()]));

  const look = (name: string, service: string, living: ReadonlySet<string>, now: number): readonly Doubt[] => {
    const [ready, held] = [witness.readyOf(service), heldOf(cloudMap, name)];
    const addresses = known.get(name) ?? new Map<string, Address>();
    const removed: string[] = [];
    for (const ip of new Set([...addresses.keys(), ...ready, ...held])) {
      const before = addresses.get(ip) ?? UNKNOWN;
      const [isReady, isHeld] = [ready.has(ip), held.has(ip)];
      const readySince = isReady ? (before.readySince ?? now) : undefined;
      const goneSince = isHeld && !living.has(ip) ? (before.goneSince ?? now) : undefined;
      if (readySince !== undefined && isHeld && !before.isCounted) figures.missing.push((now - readySince) / 1_000);
      if (before.goneSince !== undefined && !isHeld) figures.stale.push((now - before.goneSince) / 1_000);
      if (before.isHeld && !isHeld) removed.push(ip);
      if (isReady || isHeld)
        addresses.set(ip, { readySince, goneSince, isHeld, isCounted: isReady && (before.isCounted || isHeld) });
      else addresses.delete(ip);
    }
    const doubt = (
      into: "emptied" | "lost",
      { latest, earliest }: Listed,
      ips: readonly string[],
    ): readonly Doubt[] => {
      const ready = readyBefore(addresses, latest, ips);
      if (ready.size === 0) return [];
      const isSure = readyBefore(addresses, earliest, ips).size > 0;
      const text = `${name} ${into === "lost" ? [...ready.keys()].join(" ") : `(${ready.size} ready)`}`;
      return [{ at: now, into: isSure ? into : "residual", name, text, ready }];
    };
    const lists = removed.map((ip) => ({
      ip,
      ...(listedFor(acts, name, service, ip) ?? { latest: now, earliest: now }),
    }));
    const lost = lists.flatMap((list) => doubt("lost", list, [list.ip]));
    const last = lists.toSorted((a, b) => b.latest - a.latest)[0];
    return last === undefined || held.size > 0 ? lost : [...lost, ...doubt("emptied", last, [...addresses.keys()])];
  };

  const decide = (doubt: Doubt, now: number): boolean => {
    if (now - doubt.at < SURE || !witness.hasShown(doubt.at)) return false;
    const addresses = known.get(doubt.name);
    const isSo = [...doubt.ready].some(([ip, since]) => addresses?.get(ip)?.readySince === since);
    if (isSo) figures[doubt.into].push(doubt.text);
    return true;
  };

  const timer = setInterval(() => {
    settle(cloudMap);
    const [living, now] = [witness.living(), Date.now()];
    const found = [...services].flatMap(([name, service]) => look(name, service, living, now));
    doubts = [...doubts, ...found].filter((doubt) => !decide(doubt, now));
  }, TICK);
  return {
    begin: () => (figures = noFigures()),
    figures: () => figures,
    held: () => new Map([...services.keys()].map((name) => [name, heldOf(cloudMap, name)])),
    differences: () => [
      ...doubts.map(({ text }) => `${text} is not decided`),
      ...[...services].flatMap(([name, service]) =>
        differencesOf(name, witness.readyOf(service), heldOf(cloudMap, name)),
      ),
    ],
    stop: () => clearInterval(timer),
  };
}

function noFigures(): Figures {
  return { missing: [], stale: [], emptied: [], lost: [], residual: [] };
}

/** Those of `ips` that have been ready since well before `at`, and since when. */
function readyBefore(
  addresses: ReadonlyMap<string, Address>,
  at: number,
  ips: readonly string[],
): ReadonlyMap<string, number> {
  return new Map(
    [...ips].flatMap((ip) => {
      const since = addresses.get(ip)?.readySince;
      return since !== undefined && at - since > SURE ? [[ip, since] as const] : [];
    }),
  );
}

function heldOf({ services }: CloudMapWorld, name: string): ReadonlySet<string> {
  const found = [...services.values()].find((service) => service.name === name);
  return new Set(
    [...(found?.instances.values() ?? [])].flatMap(({ attributes }) => attributes["AWS_INSTANCE_IPV4"] ?? []),
  );
}

function differencesOf(name: string, ready: ReadonlySet<string>, held: ReadonlySet<string>): readonly string[] {
  return [
    ...[...ready].filter((ip) => !held.has(ip)).map((ip) => `${name} lacks ${ip}`),
    ...[...held].filter((ip) => !ready.has(ip)).map((ip) => `${name} still has ${ip}`),
  ];
}
