import { chooseAddresses } from "./addresses.ts";
import { differingKeys, POD_KEY, POD_NAMESPACE_KEY, PORT_KEY } from "./attributes.ts";
import { deriveBalancerEndpoints } from "./balancer-endpoints.ts";
import type { Endpoint } from "./endpoint.ts";
import { addressesOf } from "./instances.ts";
import type { Mapping, MappingPort, Pod, ServiceKind } from "./model.ts";
import type { NodesView } from "./nodes.ts";
import { placeOf } from "./places.ts";
import type { Place } from "./places.ts";
import type { Configuration } from "./settings.ts";

/** What a pod is in a service of this kind: one endpoint, or with ids that have ports one for each port. */
export function deriveEndpoints(
  kind: ServiceKind,
  pod: Pod,
  mapping: Mapping,
  nodes: NodesView,
  settings: Pick<Configuration, "address" | "id">,
): { readonly endpoints: readonly Endpoint[] } | { readonly problem: string } {
  const { address = settings.address } = mapping;
  if (address === "load-balancer") return deriveBalancerEndpoints(kind, pod, mapping);
  const place = placeOf(address, pod, nodes);
  if ("problem" in place) return place;
  const addresses = chooseAddresses(kind.records, place);
  if ("problem" in addresses) return addresses;
  const ports = resolvePorts(mapping.ports, place);
  const [first] = ports;
  const portless = first === undefined ? place.whyPortless(mapping.ports) : undefined;
  if (portless !== undefined) return { problem: portless };
  const id = mapping.id ?? settings.id;
  const isSrv = kind.records.includes("SRV");
  if (first === undefined && isSrv)
    return { problem: "the service has SRV records, which need a port; give the mapping one" };
  if (first === undefined && id === "ip-port") return { problem: "`id: ip-port` needs a port; give the mapping one" };
  const zones = nodes.zoneOf(pod);
  const endpointAt = (name: string, port: ResolvedPort | undefined): Endpoint => ({
    // An SRV record's target is a host name that begins with the id.
    id: isSrv ? name.replaceAll(":", "-") : name,
    pod,
    ready: mapping.unready === "publish" || nodes.isReady(pod),
    returning: nodes.isReturning(pod),
    mapping,
    core: {
      ...mapping.coreAttributes,
      ...mapping.podAttributes?.(pod),
      ...port?.attributes,
      ...addresses.attributes,
      ...(port === undefined ? {} : { [PORT_KEY]: String(port.number) }),
      [POD_NAMESPACE_KEY]: pod.key.namespace,
      [POD_KEY]: pod.key.name,
      ...place.attributes,
      ...zones.attributes,
    },
    addresses: addressesOf({ attributes: addresses.attributes }),
    unknown: zones.unknown,
  });
  const endpoints =
    id === "ip-port"
      ? [...namePorts(ports)].map(([name, port]) => endpointAt(`${addresses.id}:${name}`, port))
      : [endpointAt(addresses.id, first)];
  return { endpoints };
}

type ResolvedPort = Omit<MappingPort, "target"> & { readonly number: number };

/** Those that the pod has where it is found. */
function resolvePorts(ports: Mapping["ports"], { portOf }: Place): readonly ResolvedPort[] {
  return ports.flatMap((port): readonly ResolvedPort[] => {
    const number = portOf(port);
    return number === undefined ? [] : [{ ...port, number }];
  });
}

/** What ids call ports: their numbers. Of two with one number that the tool tells apart, the second's protocol is added. */
function namePorts(ports: readonly ResolvedPort[]): ReadonlyMap<string, ResolvedPort> {
  const named = new Map<string, ResolvedPort>();
  for (const port of ports) {
    const first = named.get(String(port.number));
    if (first === undefined) named.set(String(port.number), port);
    else if (differingKeys(first.attributes, port.attributes, []).length > 0)
      named.set(`${port.number}:${(port.protocol ?? "tcp").toLowerCase()}`, port);
  }
  return named;
}
