import type { VirtualTime } from "./clock.ts";

/** How long the VPC CNI lets an address rest, counted from its pod's end, in milliseconds. */
const COOLDOWN = 30_000;

export type Addresses = {
  /** The address that was given back last, of those that may be given again; reuse is what hurts. */
  readonly take: (isDualStack: boolean) => readonly string[];
  readonly free: (ips: readonly string[], keeps: boolean) => void;
};

/** The addresses of a cluster's pods; each IPv4 one has an IPv6 one beside it. */
export function createAddresses(network: string, count: number, time: VirtualTime): Addresses {
  const taken = new Set<string>();
  const freed = new Map<string, { readonly at: number; readonly usable: number }>();
  const all = Array.from({ length: count }, (_, index) => `${network}.${index >> 8}.${index & 255}`);
  let extra = 0;
  return {
    take: (isDualStack) => {
      const usable = all.filter((ip) => !taken.has(ip) && (freed.get(ip)?.usable ?? 0) <= time.now());
      const [latest = `${network}.${100 + (extra >> 8)}.${extra++ & 255}`] = usable.toSorted(
        (a, b) => (freed.get(b)?.at ?? 0) - (freed.get(a)?.at ?? 0),
      );
      taken.add(latest);
      return isDualStack ? [latest, `fd00::${latest.split(".").slice(1).join(":")}`] : [latest];
    },
    free: ([ip], keeps) => {
      if (ip === undefined) return;
      taken.delete(ip);
      freed.set(ip, { at: time.now(), usable: time.now() + (keeps ? COOLDOWN : 0) });
    },
  };
}
