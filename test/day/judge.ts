import { settle } from "../emulators/cloudmap/running.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import type { Witness } from "./witness.ts";

/** What was seen of one deployment while a scenario ran; times in seconds. */
export type Figures = {
  /** How long each ready pod was not registered yet. */
  readonly missing: number[];
  /** How long each pod that was gone stayed. */
  readonly stale: number[];
  /** Services whose last instance was taken out by a call that came when the EndpointSlices had some, with how many those were. */
  readonly emptied: string[];
  /** Addresses that were taken out by a call that came when their pod was ready, and has been since. */
  readonly lost: string[];
};

export type Judge = {
  /** Forgets what was seen, and begins anew. */
  readonly begin: () => void;
  readonly figures: () => Figures;
  /** In what Cloud Map differs from the EndpointSlices now. */
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

/** How often both sides are compared, and from when on a pod counts as ready, in milliseconds: the two watches differ by moments. */
const TICK = 100;
const SURE = 1_500;
const UNKNOWN: Address = { readySince: undefined, goneSince: undefined, isHeld: false, isCounted: false };

/** Compares Cloud Map with the EndpointSlices all the time. `services`: the cluster's `namespace/name` by Cloud Map's name. */
export function openJudge(cloudMap: CloudMapWorld, witness: Witness, services: ReadonlyMap<string, string>): Judge {
  let figures = noFigures();
  const known = new Map([...services.keys()].map((name) => [name, new Map<string, Address>()]));

  const look = (name: string, service: string, living: ReadonlySet<string>, now: number) => {
    const [ready, held] = [witness.readyOf(service), heldOf(cloudMap, name)];
    const addresses = known.get(name) ?? new Map<string, Address>();
    const last: string[] = [];
    for (const ip of new Set([...addresses.keys(), ...ready, ...held])) {
      const before = addresses.get(ip) ?? UNKNOWN;
      const [isReady, isHeld] = [ready.has(ip), held.has(ip)];
      const readySince = isReady ? (before.readySince ?? now) : undefined;
      const goneSince = isHeld && !living.has(ip) ? (before.goneSince ?? now) : undefined;
      if (readySince !== undefined && isHeld && !before.isCounted) figures.missing.push((now - readySince) / 1_000);
      if (before.goneSince !== undefined && !isHeld) figures.stale.push((now - before.goneSince) / 1_000);
      if (before.isHeld && !isHeld) last.push(ip);
      if (before.isHeld && !isHeld && isSure(readySince, calledAt(cloudMap, name, ip) ?? now))
        figures.lost.push(`${name} ${ip}`);
      if (isReady || isHeld)
        addresses.set(ip, { readySince, goneSince, isHeld, isCounted: isReady && (before.isCounted || isHeld) });
      else addresses.delete(ip);
    }
    if (last.length === 0 || held.size > 0) return;
    const called = Math.max(...last.map((ip) => calledAt(cloudMap, name, ip) ?? now));
    const isPublished = [...addresses.values()].some(({ readySince }) => isSure(readySince, called));
    if (isPublished) figures.emptied.push(`${name} (${ready.size} ready)`);
  };

  const timer = setInterval(() => {
    settle(cloudMap);
    const [living, now] = [witness.living(), Date.now()];
    for (const [name, service] of services) look(name, service, living, now);
  }, TICK);
  return {
    begin: () => (figures = noFigures()),
    figures: () => figures,
    differences: () =>
      [...services].flatMap(([name, service]) => differencesOf(name, witness.readyOf(service), heldOf(cloudMap, name))),
    stop: () => clearInterval(timer),
  };
}

function noFigures(): Figures {
  return { missing: [], stale: [], emptied: [], lost: [] };
}

function isSure(readySince: number | undefined, now: number): boolean {
  return readySince !== undefined && now - readySince > SURE;
}

/** When the address was asked to go, in milliseconds since the epoch: what a call begins takes seconds, in which much may happen. */
function calledAt({ services, calls }: CloudMapWorld, name: string, ip: string): number | undefined {
  const service = [...services.values()].find((one) => one.name === name);
  const call = calls.findLast(
    ({ operation, input, error }) =>
      operation === "DeregisterInstance" &&
      error === undefined &&
      input["ServiceId"] === service?.id &&
      input["InstanceId"] === ip,
  );
  return call?.at;
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
