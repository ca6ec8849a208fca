export type Metadata = {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly resourceVersion?: string | undefined;
  readonly creationTimestamp?: string | undefined;
  readonly deletionTimestamp?: string | undefined;
  readonly [field: string]: unknown;
};

/** An object as the API writes it: plain JSON. */
export type KubernetesObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
};

/** One version of a kind that the API serves. Versions of one group and plural share their objects, as those of a CRD do. */
export type Resource = {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  /** Whether `kubectl get all` shows it. */
  readonly isInAll?: boolean;
};

export const builtInResources: readonly Resource[] = [
  { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false, shortNames: ["ns"] },
  { group: "", version: "v1", plural: "nodes", kind: "Node", namespaced: false, shortNames: ["no"] },
  { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true, shortNames: ["po"], isInAll: true },
  {
    group: "",
    version: "v1",
    plural: "services",
    kind: "Service",
    namespaced: true,
    shortNames: ["svc"],
    isInAll: true,
  },
  {
    group: "apps",
    version: "v1",
    plural: "deployments",
    kind: "Deployment",
    namespaced: true,
    shortNames: ["deploy"],
    isInAll: true,
  },
  {
    group: "apps",
    version: "v1",
    plural: "replicasets",
    kind: "ReplicaSet",
    namespaced: true,
    shortNames: ["rs"],
    isInAll: true,
  },
];

export const isBuiltIn = (resource: Resource) => resource.group === "" || resource.group === "apps";

/** Kubernetes' own groups are a word, or end as no other may. */
export const isCustom = ({ group }: Resource) => group.includes(".") && !group.endsWith(".k8s.io");

/** Deleted, and still there: it ends in its own time, or something holds it. */
export const isTerminating = ({ metadata }: KubernetesObject) => metadata.deletionTimestamp !== undefined;

export const hasFinalizers = (object: KubernetesObject) => listAt(object, "metadata.finalizers").length > 0;

/** Where the objects of a resource are kept, whatever its version. */
export const storageOf = (resource: Resource) => `${resource.group}/${resource.plural}`;

export const groupVersionOf = ({ group, version }: Resource) => (group === "" ? version : `${group}/${version}`);

/** etcd's order: namespace, then name. */
export const keyOf = (namespace: string | undefined, name: string) => `${namespace ?? ""}/${name}`;

/** `resource.name` as error messages have it: `pods`, `virtualnodes.appmesh.k8s.aws`. */
export const qualified = (plural: string, group: string) => (group === "" ? plural : `${plural}.${group}`);

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a dotted path, such as `status.phase`; undefined where there is none. */
function valueAt(object: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), object);
}

export function listAt(object: unknown, path: string): readonly unknown[] {
  const value = valueAt(object, path);
  return Array.isArray(value) ? value : [];
}

export function recordAt(object: unknown, path: string): Readonly<Record<string, unknown>> {
  const value = valueAt(object, path);
  return isRecord(value) ? value : {};
}

/** 0 where there is none. */
export const numberAt = (object: unknown, path: string) => Number(textAt(object, path));

/** A scalar at a dotted path as text; empty where there is none. */
export function textAt(object: unknown, path: string): string {
  const value = valueAt(object, path);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
