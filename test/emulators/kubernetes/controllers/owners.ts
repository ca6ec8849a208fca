import { isRecord, listAt, textAt } from "../objects.ts";
import type { KubernetesObject } from "../objects.ts";
import type { KubernetesWorld, ObjectRef } from "../world.ts";

/** Kinds whose objects go with their owners here. */
const OWNED = ["ReplicaSet", "Pod"];
const OWNERS = ["Deployment", "ReplicaSet"];

export const refOf = ({ kind, metadata: { name, namespace } }: KubernetesObject): ObjectRef => ({
  kind,
  name,
  namespace,
});

export function ownedBy(objects: readonly KubernetesObject[], owner: KubernetesObject): readonly KubernetesObject[] {
  return objects.filter((object) => controllerOf(object)?.uid === owner.metadata["uid"]);
}

export function ownerReference({ apiVersion, kind, metadata }: KubernetesObject): object {
  return { apiVersion, kind, name: metadata.name, uid: metadata["uid"], controller: true, blockOwnerDeletion: true };
}

/** What a Deployment or a ReplicaSet has left behind goes, as the garbage collector does it in the background. */
export function collectGarbage(world: KubernetesWorld): void {
  const living = new Set(OWNERS.flatMap((kind) => world.list(kind).map(({ metadata }) => metadata["uid"])));
  for (const object of OWNED.flatMap((kind) => world.list(kind))) {
    const owner = controllerOf(object);
    if (owner !== undefined && OWNERS.includes(owner.kind) && !living.has(owner.uid)) world.terminate(refOf(object));
  }
}

function controllerOf(object: KubernetesObject): { readonly kind: string; readonly uid: string } | undefined {
  const found = listAt(object, "metadata.ownerReferences").find((one) => isRecord(one) && one["controller"] === true);
  return found === undefined ? undefined : { kind: textAt(found, "kind"), uid: textAt(found, "uid") };
}
