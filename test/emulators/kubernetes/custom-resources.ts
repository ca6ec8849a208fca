import type { KubernetesObject, Resource } from "./objects.ts";
import { uidOf } from "./workloads.ts";
import type { Labels } from "./workloads.ts";

const ADMISSION = "admissionregistration.k8s.io";

/** The custom resources that a cluster may serve, for `world.serve`. */
export const virtualNodesV1beta2 = custom("appmesh.k8s.aws", "v1beta2", "virtualnodes", "VirtualNode", true);
export const virtualNodesV1beta1 = custom("appmesh.k8s.aws", "v1beta1", "virtualnodes", "VirtualNode", true);
export const meshesV1beta2 = custom("appmesh.k8s.aws", "v1beta2", "meshes", "Mesh", false);

/** What is only kept and shown: rights that are enforced by nobody, webhooks that nobody calls. */
export const keptKinds: readonly Resource[] = [
  custom("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false),
  custom("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false),
  custom(ADMISSION, "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", false),
  custom(ADMISSION, "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", false),
];

type VirtualNodeShape = {
  readonly name: string;
  readonly namespace?: string;
  readonly version?: "v1beta2" | "v1beta1";
  readonly mesh?: string;
  /** v1beta2 alone; v1beta1 has none. null: no `podSelector` at all. */
  readonly podSelector?: Labels | null;
  readonly awsName?: string;
  readonly port?: number;
  /** null: discovered through DNS, not Cloud Map. */
  readonly cloudMap?: {
    readonly namespaceName: string;
    readonly serviceName: string;
    readonly attributes?: readonly { readonly key: string; readonly value: string }[];
  } | null;
};

export function virtualNodeObject(shape: VirtualNodeShape): KubernetesObject {
  const { name, namespace = "default", version = "v1beta2", mesh = "mesh", port } = shape;
  const cloudMap = shape.cloudMap === undefined ? { namespaceName: "shop.local", serviceName: name } : shape.cloudMap;
  // v1beta1 writes the attributes as a map, v1beta2 as a list.
  const { attributes, ...service } = cloudMap ?? {};
  const written =
    version === "v1beta2"
      ? attributes
      : attributes && Object.fromEntries(attributes.map(({ key, value }) => [key, value]));
  const awsCloudMap = { ...service, ...(written ? { attributes: written } : {}) };
  const serviceDiscovery = cloudMap
    ? { [version === "v1beta2" ? "awsCloudMap" : "cloudMap"]: awsCloudMap }
    : { dns: version === "v1beta2" ? { hostname: `${name}.${namespace}` } : { hostName: `${name}.${namespace}` } };
  const listeners = port === undefined ? [] : [{ portMapping: { port, protocol: "http" } }];
  const spec =
    version === "v1beta1"
      ? { meshName: mesh, listeners, serviceDiscovery }
      : {
          awsName: shape.awsName ?? `${name}_${namespace}`,
          meshRef: { name: mesh, uid: uidOf(mesh) },
          ...(shape.podSelector === null ? {} : { podSelector: { matchLabels: shape.podSelector ?? { app: name } } }),
          listeners,
          serviceDiscovery,
        };
  return { apiVersion: `appmesh.k8s.aws/${version}`, kind: "VirtualNode", metadata: { name, namespace }, spec };
}

export function meshObject(shape: {
  readonly name?: string;
  readonly version?: "v1beta2" | "v1beta1";
  readonly awsName?: string;
}): KubernetesObject {
  const { name = "mesh", version = "v1beta2", awsName = name } = shape;
  const spec = version === "v1beta2" ? { awsName, namespaceSelector: { matchLabels: { mesh: name } } } : {};
  return { apiVersion: `appmesh.k8s.aws/${version}`, kind: "Mesh", metadata: { name }, spec };
}

function custom(group: string, version: string, plural: string, kind: string, namespaced: boolean): Resource {
  return { group, version, plural, kind, namespaced };
}
