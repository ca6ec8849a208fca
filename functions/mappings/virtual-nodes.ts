import { VIRTUAL_NODE_KEY } from "../core/attributes.ts";
import type { Claim } from "../core/model.ts";
import type { ListObjects, Resource, Source, Unranked } from "../core/ports.ts";
import { doubtAddresses } from "./address-doubts.ts";
import { findMeshes } from "./meshes.ts";
import { listNamespaces } from "./namespaces.ts";
import { collectClaims } from "./objects.ts";
import { rulesOfV1beta1 } from "./virtual-nodes-v1beta1.ts";
import { rulesOfV1beta2 } from "./virtual-nodes-v1beta2.ts";

const VIRTUAL_NODES: Resource = {
  group: "appmesh.k8s.aws",
  versions: ["v1beta2", "v1beta1"],
  plural: "virtualnodes",
};

/**
 * App Mesh's VirtualNodes in both of their shapes. One that is being deleted claims nothing: its finalizer waits for a
 * controller that may never run again.
 */
export const virtualNodes: Source = {
  name: "virtualNodes",
  resource: VIRTUAL_NODES,
  standard: "auto",
  meaning: "App Mesh's VirtualNodes.",
  mark: VIRTUAL_NODE_KEY,
  hidesUnready: true,
  read: async (list) => {
    const read = await list(VIRTUAL_NODES);
    if (read.state === "absent") return read;
    const { objects } = read;
    const doubts = doubtAddresses(objects, "VirtualNode");
    if (read.version !== "v1beta1")
      return { state: "read", doubts, ...collectClaims(objects, rulesOfV1beta2(await findMeshes(objects, list))) };
    const { claims, broken } = collectClaims(objects, rulesOfV1beta1(objects));
    return { state: "read", doubts, broken, claims: await claimEverywhere(claims, list) };
  },
};

/** Where Kubernetes' own pods are. */
const SYSTEM = /^kube-/;

/** A pod of v1beta1 names its VirtualNode, and may do so from any namespace: each claim comes once for each of them. */
async function claimEverywhere(
  claims: readonly Unranked<Claim>[],
  list: ListObjects,
): Promise<readonly Unranked<Claim>[]> {
  if (claims.length === 0) return [];
  const others = [...(await listNamespaces(list)).keys()].filter((name) => !SYSTEM.test(name));
  return claims.flatMap((claim) =>
    [...new Set([claim.pods.namespace, ...others])].map((namespace) => ({
      ...claim,
      pods: { ...claim.pods, namespace },
    })),
  );
}
