import { IPV4_KEY, IPV6_KEY } from "./attributes.ts";
import type { Attributes, RecordType } from "./model.ts";
import type { Place } from "./places.ts";

/** `id` is the first of the addresses that the service uses. */
export type Addresses = { readonly id: string; readonly attributes: Attributes };

/**
 * DNS records say which address families an instance needs. With both A and AAAA records either will do, and it is for Cloud Map
 * to say whether it takes one; without them an instance has what there is.
 */
export function chooseAddresses(
  records: readonly RecordType[],
  { ips, of }: Pick<Place, "ips" | "of">,
): Addresses | { readonly problem: string } {
  if (records.includes("CNAME"))
    return {
      problem:
        "the service has a CNAME record, which points to a name; pods and nodes have addresses: use a service with A, AAAA or SRV records",
    };
  const v4 = ips.find(isV4);
  const v6 = ips.find(isV6);
  const any = records.includes("A") === records.includes("AAAA");
  const needsV4 = !any && records.includes("A");
  const needsV6 = !any && records.includes("AAAA");
  if (needsV4 && v4 === undefined)
    return { problem: `the service has A records, and ${of} has no IPv4 address; use a service without them` };
  if (needsV6 && v6 === undefined)
    return { problem: `the service has AAAA records, and ${of} has no IPv6 address; use a service without them` };
  const usedV4 = any || needsV4 ? v4 : undefined;
  const usedV6 = any || needsV6 ? v6 : undefined;
  const id = ips.find((ip) => ip === usedV4 || ip === usedV6);
  if (id === undefined) return { problem: `${of} has no IP address that is IPv4 or IPv6` };
  return {
    id,
    attributes: {
      ...(usedV4 === undefined ? {} : { [IPV4_KEY]: usedV4 }),
      ...(usedV6 === undefined ? {} : { [IPV6_KEY]: usedV6 }),
    },
  };
}

export function isV4(ip: string): boolean {
  return ip.includes(".") && !ip.includes(":");
}

export function isV6(ip: string): boolean {
  return ip.includes(":");
}
