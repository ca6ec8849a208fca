import * as z from "zod";
import { InputError } from "../core/errors.ts";
import type { Attributes } from "../core/model.ts";
import type { ListObjects, Resource } from "../core/ports.ts";
import { labelSelectorSchema, matchesSelector } from "./label-selector.ts";
import type { LabelSelector } from "./label-selector.ts";
import { listNamespaces } from "./namespaces.ts";
import { sortObjects } from "./objects.ts";

const MESHES: Resource = { group: "appmesh.k8s.aws", versions: ["v1beta2"], plural: "meshes" };

/** The AWS name of a VirtualNode's mesh, by what its `meshRef` says and by its namespace. Throws an InputError where there is none. */
export type MeshOf = (ref: string | undefined, namespace: string) => string;

/** Reads the meshes if any VirtualNode may claim something, and the namespaces' labels if any of those names no mesh itself. */
export async function findMeshes(virtualNodes: readonly unknown[], list: ListObjects): Promise<MeshOf> {
  const claiming = sortObjects(virtualNodes).flatMap(({ object, metadata }) => {
    const parsed = claimingSchema.safeParse(object);
    return parsed.success && !metadata.isDeleted ? [parsed.data] : [];
  });
  const meshes = claiming.length > 0 ? await listMeshes(list) : [];
  const namespaces = claiming.some(({ spec }) => spec.meshRef === undefined || spec.meshRef === null)
    ? await listNamespaces(list)
    : new Map<string, Attributes>();
  return (ref, namespace) => {
    // A mesh that was deleted before its VirtualNodes: nearly all had the name of their object.
    if (ref !== undefined) return meshes.find(({ name }) => name === ref)?.awsName ?? ref;
    return designate(meshes, namespace, namespaces.get(namespace) ?? {}).awsName;
  };
}

const claimingSchema = z.object({
  spec: z.object({
    meshRef: z.unknown().optional(),
    podSelector: z.looseObject({}),
    serviceDiscovery: z.object({ awsCloudMap: z.looseObject({}) }),
  }),
});

type Mesh = { readonly name: string; readonly awsName: string; readonly selector: LabelSelector | undefined };

const meshSchema = z.object({
  spec: z
    .object({
      awsName: z.string().nullish().catch(undefined),
      namespaceSelector: labelSelectorSchema.nullish().catch(undefined),
    })
    .nullish(),
});

async function listMeshes(list: ListObjects): Promise<readonly Mesh[]> {
  const read = await list(MESHES);
  if (read.state === "absent") return [];
  return sortObjects(read.objects).map(({ object, metadata: { name } }) => {
    const spec = meshSchema.safeParse(object).data?.spec;
    return { name, awsName: spec?.awsName || name, selector: spec?.namespaceSelector ?? undefined };
  });
}

/** As the controller does: exactly one mesh must select the namespace. An absent selector selects none. */
function designate(meshes: readonly Mesh[], namespace: string, labels: Attributes): Mesh {
  const found = meshes.filter(({ selector }) => selector !== undefined && matchesSelector(selector, labels));
  const [mesh, ...others] = found;
  if (mesh === undefined)
    throw new InputError(
      `no Mesh selects the namespace ${namespace}; label the namespace as a Mesh's namespaceSelector asks, or set spec.meshRef`,
    );
  if (others.length > 0)
    throw new InputError(
      `several Meshes select the namespace ${namespace} (${found.map(({ name }) => name).join(", ")}); let only one of them select it`,
    );
  return mesh;
}
