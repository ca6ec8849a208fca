import type { Attributes } from "../core/model.ts";
import type { ListObjects, Resource } from "../core/ports.ts";
import { sortObjects } from "./objects.ts";

const NAMESPACES: Resource = { group: "", versions: ["v1"], plural: "namespaces" };

/** The Kubernetes namespaces, each with its labels, by name. */
export async function listNamespaces(list: ListObjects): Promise<ReadonlyMap<string, Attributes>> {
  const read = await list(NAMESPACES);
  if (read.state === "absent") return new Map();
  return new Map(sortObjects(read.objects).map(({ metadata: { name, labels } }) => [name, labels]));
}
