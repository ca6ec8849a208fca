import type { ListObjects, Resource } from "../../core/ports.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

/** Lists objects of files as a cluster would. */
export function listing(objects: readonly KubernetesObject[]): ListObjects {
  return (resource) => Promise.resolve(listFrom(objects, resource));
}

/** In the first of the versions that some object has. */
function listFrom(objects: readonly KubernetesObject[], { group, versions, plural }: Resource) {
  const ofKind = objects.filter(({ kind }) => pluralOf(kind) === plural);
  const apiVersion = (version: string) => (group === "" ? version : `${group}/${version}`);
  const version = versions.find((one) => ofKind.some((object) => object.apiVersion === apiVersion(one)));
  if (version === undefined) return { state: "read" as const, version: versions[0] ?? "", objects: [] };
  const found = ofKind.filter((object) => object.apiVersion === apiVersion(version));
  return { state: "read" as const, version, objects: found };
}

/** As Kubernetes and the App Mesh controller call the resources of the kinds that matter. */
function pluralOf(kind: string): string {
  return `${kind.toLowerCase()}${/s?h$|s$/i.test(kind) ? "es" : "s"}`;
}
