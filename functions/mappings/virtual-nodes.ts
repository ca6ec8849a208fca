import type { Resource, Source } from "../core/ports.ts";
import { findMeshes } from "./meshes.ts";
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
  read: async (list) => {
    const read = await list(VIRTUAL_NODES);
    if (read.state === "absent") return read;
    const { objects } = read;
    const rules =
      read.version === "v1beta1" ? rulesOfV1beta1(objects) : rulesOfV1beta2(await findMeshes(objects, list));
    return { state: "read", ...collectClaims(objects, rules) };
  },
};
