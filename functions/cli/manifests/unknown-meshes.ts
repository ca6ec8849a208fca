import * as z from "zod";
import { ok } from "../check.ts";
import type { Check } from "../check.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

/** Of the controller's versions 1.x, which find a VirtualNode's Mesh by its Kubernetes namespace where none is written. */
const withoutMeshSchema = z.looseObject({
  apiVersion: z.literal("appmesh.k8s.aws/v1beta2"),
  kind: z.literal("VirtualNode"),
  spec: z.looseObject({ meshRef: z.null().optional() }),
});

/**
 * Manifests whose VirtualNodes all name a Mesh. The controller's webhook writes it into those that name none; which it would be only
 * the Meshes and the labels of the Namespace say, and files that lack these are no mistake.
 */
export function withKnownMeshes(objects: readonly KubernetesObject[]): {
  readonly objects: readonly KubernetesObject[];
  readonly checks: readonly Check[];
} {
  const hasMesh = objects.some(({ kind, apiVersion }) => kind === "Mesh" && apiVersion.startsWith("appmesh.k8s.aws/"));
  const namespaces = new Set(objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name));
  const isUnknown = (object: KubernetesObject) =>
    withoutMeshSchema.safeParse(object).success && !(hasMesh && namespaces.has(object.metadata.namespace));
  const unknown = objects.filter(isUnknown);
  return {
    objects: objects.map((object) => (isUnknown(object) ? withMesh(object) : object)),
    checks: unknown.map(({ metadata: { namespace, name } }) =>
      ok(
        `VirtualNode ${namespace}/${name}`,
        `which Mesh it is of cannot be known here: it has no spec.meshRef, and the files lack ${hasMesh ? `Namespace ${namespace}` : "the Mesh"}; in the cluster the controller writes it`,
      ),
    ),
  };
}

function withMesh(object: KubernetesObject): KubernetesObject {
  const { spec } = withoutMeshSchema.parse(object);
  return { ...object, spec: { ...spec, meshRef: { name: "not-known-here" } } };
}
