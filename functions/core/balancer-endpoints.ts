import { isV4, isV6 } from "./addresses.ts";
import { ALIAS_KEY, CNAME_KEY, IPV4_KEY, IPV6_KEY, KUBE_SERVICE_KEY, POD_NAMESPACE_KEY } from "./attributes.ts";
import { isAliasName } from "./elb-names.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Attributes, Mapping, Pod, RecordType, ServiceKind } from "./model.ts";

type Records = Pick<ServiceKind, "records" | "isWeighted">;

/** What a Service's load balancer is in a service of this kind: an endpoint for each of its names and addresses that suit it. */
export function deriveBalancerEndpoints(
  kind: Records,
  balancer: Pod,
  mapping: Mapping,
): { readonly endpoints: readonly Endpoint[] } | { readonly problem: string } {
  const found = balancer.ips.map((address) => ({ address, shape: shapeOf(address, kind) }));
  const endpoints = found.flatMap(({ address, shape }): readonly Endpoint[] =>
    "problem" in shape
      ? []
      : [
          {
            id: mapping.idOf?.(address) ?? address,
            pod: balancer,
            ready: true,
            returning: false,
            mapping,
            core: {
              ...mapping.coreAttributes,
              ...shape.attributes,
              [POD_NAMESPACE_KEY]: balancer.key.namespace,
              [KUBE_SERVICE_KEY]: balancer.key.name,
            },
            addresses: [address],
            unknown: [],
          },
        ],
  );
  const [problem] = found.flatMap(({ shape }) => ("problem" in shape ? [shape.problem] : []));
  return endpoints.length === 0 && problem !== undefined ? { problem } : { endpoints };
}

/**
 * As what a name or an address of a load balancer is registered (docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html).
 *
 * | the service's records  | a load balancer's name of AWS | another name       | an address        |
 * |------------------------|-------------------------------|--------------------|-------------------|
 * | A, AAAA, weighted      | AWS_ALIAS_DNS_NAME            | –                  | AWS_INSTANCE_IPV4, _IPV6: of the records' family |
 * | A, AAAA, multivalue    | –                             | –                  | the same          |
 * | CNAME                  | AWS_INSTANCE_CNAME            | AWS_INSTANCE_CNAME | –                 |
 * | SRV                    | –                             | –                  | –                 |
 * | none                   | AWS_INSTANCE_CNAME            | AWS_INSTANCE_CNAME | AWS_INSTANCE_IPV4, _IPV6 |
 */
function shapeOf(
  address: string,
  { records, isWeighted = false }: Records,
): { readonly attributes: Attributes } | { readonly problem: string } {
  const family = familyOf(address);
  const isOf = (...types: readonly RecordType[]) => types.some((type) => records.includes(type));
  const says = `its load balancer is ${address}, and the service has ${records.join(" and ")} records`;
  if (isOf("SRV")) return { problem: `${says}, which need a port; use another service, or \`address: node\`` };
  if (family !== undefined) {
    if (isOf("CNAME") || (records.length > 0 && !isOf(family)))
      return { problem: `${says}; use a service with ${family} records` };
    return { attributes: { [family === "A" ? IPV4_KEY : IPV6_KEY]: address } };
  }
  if (!isOf("A", "AAAA")) return { attributes: { [CNAME_KEY]: address } };
  if (!isAliasName(address)) return { problem: `${says}; use a service with a CNAME record` };
  return isWeighted
    ? { attributes: { [ALIAS_KEY]: address } }
    : {
        problem: `${says} whose routing policy is not WEIGHTED, as an alias needs it; use another service, or let it be created`,
      };
}

/** The kind of service that its first name or address needs; weighted where that is a name. */
export function recordsFor(balancer: Pod): Records | undefined {
  const [address] = balancer.ips;
  if (address === undefined) return undefined;
  const family = familyOf(address);
  if (family !== undefined) return { records: [family] };
  return { records: [isAliasName(address) ? "A" : "CNAME"], isWeighted: true };
}

function familyOf(address: string): "A" | "AAAA" | undefined {
  if (isV6(address)) return "AAAA";
  return isV4(address) && /^[\d.]+$/.test(address) ? "A" : undefined;
}
