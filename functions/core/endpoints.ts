import { chooseAddresses, isV6 } from "./addresses.ts";
import { POD_KEY, POD_NAMESPACE_KEY, PORT_KEY } from "./attributes.ts";
import type { Attributes, Mapping, Pod, ServiceKind } from "./model.ts";
import { zoneAttributes } from "./nodes.ts";
import type { NodesRead } from "./ports.ts";
import type { Configuration } from "./settings.ts";

/** A desired address, derived from a pod. */
export type Endpoint = {
  readonly id: string;
  readonly pod: Pod;
  readonly ready: boolean;
  readonly mapping: Mapping;
  readonly core: Attributes;
  /** Keys that cannot be known now: carried over from the observed instance. */
  readonly unknown: readonly string[];
};

/** What a pod is in a service of this kind: one endpoint, or with ids that have ports one for each port. */
export function deriveEndpoints(
  kind: ServiceKind,
  pod: Pod,
  mapping: Mapping,
  nodes: NodesRead,
  { id }: Pick<Configuration, "id">,
): { readonly endpoints: readonly Endpoint[] } | { readonly problem: string } {
  const addresses = chooseAddresses(kind.records, pod);
  if ("problem" in addresses) return addresses;
  const ports = resolvePorts(mapping.ports, pod);
  if ("problem" in ports) return ports;
  const [port] = ports.numbers;
  const isSrv = kind.records.includes("SRV");
  if (port === undefined && isSrv)
    return { problem: "the service has SRV records, which need a port; give the mapping one" };
  if (port === undefined && id === "ip-port") return { problem: "`id: ip-port` needs a port; give the mapping one" };
  const zones = zoneAttributes(pod, nodes);
  const endpointAt = (name: string, at: number | undefined): Endpoint => ({
    // An SRV record's target is a host name that begins with the id.
    id: isSrv && isV6(addresses.id) ? name.replaceAll(":", "-") : name,
    pod,
    ready: mapping.unready === "publish" || pod.state === "ready",
    mapping,
    core: {
      ...mapping.coreAttributes,
      ...addresses.attributes,
      ...(at === undefined ? {} : { [PORT_KEY]: String(at) }),
      [POD_NAMESPACE_KEY]: pod.key.namespace,
      [POD_KEY]: pod.key.name,
      ...zones.attributes,
    },
    unknown: zones.unknown,
  });
  const endpoints =
    id === "ip-port"
      ? [...new Set(ports.numbers)].map((number) => endpointAt(`${addresses.id}:${number}`, number))
      : [endpointAt(addresses.id, port)];
  return { endpoints };
}

function resolvePorts(
  ports: Mapping["ports"],
  pod: Pod,
): { readonly numbers: readonly number[] } | { readonly problem: string } {
  const numbers: number[] = [];
  for (const port of ports) {
    const number = typeof port === "number" ? port : pod.ports.find(({ name }) => name === port)?.number;
    if (number === undefined)
      return { problem: `the pod has no container port named ${port}; name one that it has, or write the number` };
    numbers.push(number);
  }
  return { numbers };
}
