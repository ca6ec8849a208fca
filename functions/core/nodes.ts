import { REGION_KEY, ZONE_KEY } from "./attributes.ts";
import type { Attributes, Node, Pod } from "./model.ts";
import type { NodesRead } from "./ports.ts";

/**
 * From this share of silent nodes on it is the control plane that is cut off, not the nodes: Kubernetes' own threshold of a
 * disrupted zone (kube-controller-manager, `--unhealthy-zone-threshold`).
 */
const CUT_OFF = 0.55;

/** What the nodes say of the pods on them. */
export type NodesView = {
  /** A pod on a machine that EC2 has taken away is gone, whatever Kubernetes still says. */
  readonly isLiving: (pod: Pod) => boolean;
  /** Whether the pod is ready by itself, or is called unready only because the control plane does not hear its node. */
  readonly isReady: (pod: Pod) => boolean;
  readonly isLeaving: (pod: Pod) => boolean;
  /** Whether it is still called unready though its node is heard again: its kubelet says within seconds that it is ready. */
  readonly isReturning: (pod: Pod) => boolean;
  /** Whether it is not known if the pod's machine is still there. */
  readonly isUncertain: (pod: Pod) => boolean;
  /** Whether the pod serves and is not ready, though its node is heard: its node may have fallen silent after this was read. */
  readonly isUnexplained: (pod: Pod) => boolean;
  /** Whether the nodes could not be read although they may be: whether the control plane is cut off cannot be known then. */
  readonly areUnknown: boolean;
  /** The addresses of a pod's node, or a sentence that says why they are not known. */
  readonly addressesOf: (pod: Pod) => { readonly ips: readonly string[] } | { readonly problem: string };
  /** Where a pod runs. `unknown`: the keys that cannot be known now, because its node could not be read or was not there yet. */
  readonly zoneOf: (pod: Pod) => { readonly attributes: Attributes; readonly unknown: readonly string[] };
};

export function viewNodes(read: NodesRead): NodesView {
  const nodes = read.state === "read" ? read.nodes : new Map<string, Node>();
  const zones = new Map([...nodes.values()].map((node) => [node.name, zoneOf(node)]));
  const silent = [...nodes.values()].filter(({ isSilent }) => isSilent).length;
  const isCutOff = silent > 0 && silent >= nodes.size * CUT_OFF;
  const nodeOf = ({ node }: Pod) => (node === undefined ? undefined : nodes.get(node));
  const isSilent = (pod: Pod) => nodeOf(pod)?.isSilent === true;
  const isUnexplained = (pod: Pod) =>
    pod.state === "not-ready" && pod.containersReady && nodeOf(pod)?.isSilent === false;
  return {
    isLiving: (pod) => pod.state !== "gone" && nodeOf(pod)?.state !== "lost",
    isReady: (pod) =>
      pod.state === "ready" || (pod.state === "not-ready" && isCutOff && isSilent(pod) && pod.containersReady),
    isLeaving: (pod) => nodeOf(pod)?.state === "leaving" || (isSilent(pod) && !isCutOff),
    isReturning: (pod) => isUnexplained(pod) && nodeOf(pod)?.state === "here",
    isUncertain: (pod) =>
      read.state === "read" && read.areMachinesUnknown === true && nodeOf(pod)?.instanceId !== undefined,
    isUnexplained,
    areUnknown: read.state === "unreadable" && read.isFailure === true,
    addressesOf: (pod) => {
      const node = nodeOf(pod);
      return node === undefined ? { problem: whyUnknown(read, pod) } : { ips: node.addresses };
    },
    zoneOf: (pod) => {
      if (read.state === "off") return { attributes: {}, unknown: [] };
      return zones.get(pod.node ?? "") ?? { attributes: {}, unknown: [REGION_KEY, ZONE_KEY] };
    },
  };
}

function zoneOf({ region, zone }: Node): ReturnType<NodesView["zoneOf"]> {
  return {
    attributes: {
      ...(region === undefined ? {} : { [REGION_KEY]: region }),
      ...(zone === undefined ? {} : { [ZONE_KEY]: zone }),
    },
    unknown: [],
  };
}

function whyUnknown({ state }: NodesRead, { node }: Pod): string {
  switch (state) {
    case "read":
      return `its node ${node} is not among the cluster's nodes yet; the next pass reads them again`;
    case "unreadable":
      return "it is to have its node's address, and the nodes could not be read; grant `list` on nodes (`access: rbac`)";
    case "off":
      return "it is to have its node's address, and nodes are not read; set `nodes.zones: true`";
    default:
      return state satisfies never;
  }
}
