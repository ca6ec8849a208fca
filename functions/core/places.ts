import { NODE_KEY } from "./attributes.ts";
import type { Attributes, MappingPort, Pod } from "./model.ts";
import type { NodesView } from "./nodes.ts";
import type { DocumentAddress } from "./settings.ts";

/** Where a pod is found: at its own address, or at its node's. */
export type Place = {
  /** For people. */
  readonly of: "the pod" | "its node";
  /** The primary first. */
  readonly ips: readonly string[];
  /** The number of a port of the pod there; undefined where it has none. */
  readonly portOf: (port: MappingPort) => number | undefined;
  /** Why a pod without any of its ports is no endpoint; undefined: it may be one without a port. */
  readonly whyPortless: (ports: readonly MappingPort[]) => string | undefined;
  /** The tool's, of an instance there. */
  readonly attributes: Attributes;
};

export function placeOf(address: DocumentAddress, pod: Pod, nodes: NodesView): Place | { readonly problem: string } {
  if (address === "pod") return atPod(pod);
  const read = nodes.addressesOf(pod);
  return "problem" in read ? read : atNode(pod, read.ips);
}

/**
 * As EndpointSlices have it (`FindPort` of the EndpointSlice controller): a name means the first container port that has it
 * and the protocol; a port that the pod lacks is left out. Only a pod that has none of them is no endpoint here.
 */
function atPod(pod: Pod): Place {
  return {
    of: "the pod",
    ips: pod.ips,
    portOf: ({ target, protocol }) =>
      typeof target === "number"
        ? target
        : pod.ports.find((port) => port.name === target && isOver(protocol, port))?.number,
    whyPortless: (ports) =>
      ports.length === 0
        ? undefined
        : `the pod has no container port named ${targetsOf(ports)}; name one that it has, or write the number`,
    attributes: {},
  };
}

/**
 * Only what is forwarded there answers at a node's address.
 *
 * | the mapped port                                       | is at the node              |
 * |-------------------------------------------------------|-----------------------------|
 * | is a container port with a `hostPort`                 | the `hostPort`              |
 * | is of a pod on the host network                       | the same as at the pod      |
 * | is of a Kubernetes Service, which has a `nodePort`    | the `nodePort`              |
 * | else                                                  | not there                   |
 */
function atNode(pod: Pod, ips: readonly string[]): Place {
  const isOnHost = pod.ips.some((ip) => ips.includes(ip));
  return {
    of: "its node",
    ips,
    portOf: (port) => hostPortOf(port, pod) ?? (isOnHost ? atPod(pod).portOf(port) : undefined) ?? port.nodePort,
    whyPortless: (ports) =>
      ports.length === 0
        ? "`address: node` needs a port, as nodes forward single ones; give the mapping one"
        : `its node forwards nothing to port ${targetsOf(ports)}; set \`hostPort\` on that container port, or annotate a Service of type NodePort`,
    attributes: pod.node === undefined ? {} : { [NODE_KEY]: pod.node },
  };
}

function hostPortOf({ target, protocol }: MappingPort, { ports }: Pod): number | undefined {
  return ports.find(
    (port) => port.hostPort !== undefined && [port.name, port.number].includes(target) && isOver(protocol, port),
  )?.hostPort;
}

function isOver(protocol: MappingPort["protocol"], port: Pod["ports"][number]): boolean {
  return protocol === undefined || port.protocol === protocol;
}

function targetsOf(ports: readonly MappingPort[]): string {
  return ports.map(({ target }) => String(target)).join(" or ");
}
