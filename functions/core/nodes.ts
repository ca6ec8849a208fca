import { REGION_KEY, ZONE_KEY } from "./attributes.ts";
import type { Attributes, Node, Pod } from "./model.ts";
import type { NodesRead } from "./ports.ts";

/** A pod on a machine that EC2 has taken away is gone, whatever Kubernetes still says. */
export function isLiving(pod: Pod, nodes: NodesRead): boolean {
  return pod.state !== "gone" && nodeOf(pod, nodes)?.state !== "lost";
}

export function isOnLeavingNode(pod: Pod, nodes: NodesRead): boolean {
  return nodeOf(pod, nodes)?.state === "leaving";
}

/** Where a pod runs. `unknown`: the keys that cannot be told now, because its node could not be read or was not there yet. */
export function zoneAttributes(
  pod: Pod,
  nodes: NodesRead,
): { readonly attributes: Attributes; readonly unknown: readonly string[] } {
  if (nodes.state === "off") return { attributes: {}, unknown: [] };
  const node = nodeOf(pod, nodes);
  if (node === undefined) return { attributes: {}, unknown: [REGION_KEY, ZONE_KEY] };
  return {
    attributes: {
      ...(node.region === undefined ? {} : { [REGION_KEY]: node.region }),
      ...(node.zone === undefined ? {} : { [ZONE_KEY]: node.zone }),
    },
    unknown: [],
  };
}

function nodeOf(pod: Pod, nodes: NodesRead): Node | undefined {
  return nodes.state === "read" && pod.node !== undefined ? nodes.nodes.get(pod.node) : undefined;
}
