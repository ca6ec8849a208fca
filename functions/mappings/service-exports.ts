import * as z from "zod";
import { InputError } from "../core/errors.ts";
import type { Attributes, Pod } from "../core/model.ts";
import type { ListObjects, Resource, Source } from "../core/ports.ts";
import { doubtAddresses } from "./address-doubts.ts";
import { parseService, podsBehind, portBehind, SERVICES } from "./kube-service.ts";
import type { ServicePort } from "./kube-service.ts";
import { OF_CONFIGURATION, collectClaims, sortObjects } from "./objects.ts";
import type { Metadata, Rule } from "./objects.ts";

const SERVICE_EXPORTS: Resource = {
  group: "multicluster.x-k8s.io",
  versions: ["v1alpha1"],
  plural: "serviceexports",
};
const CLUSTER_PROPERTIES: Resource = { group: "about.k8s.io", versions: ["v1alpha1"], plural: "clusterproperties" };

/**
 * ServiceExports of the multi-cluster services API, mapped as the AWS Cloud Map MCS Controller for Kubernetes maps them: the
 * Cloud Map namespace is called like the Kubernetes namespace, the service like the export, and the pods are those of the Service
 * of that name, an instance a port. Its own ids (`tcp-10_0_0_1-80`) are not followed: it would take those for its own.
 */
export const serviceExports: Source = {
  name: "serviceExports",
  resource: SERVICE_EXPORTS,
  standard: false,
  meaning: "ServiceExports of the multi-cluster services API.",
  read: async (list) => {
    const read = await list(SERVICE_EXPORTS);
    if (read.state === "absent") return read;
    if (read.objects.length === 0) return { state: "read", claims: [], broken: [] };
    const services = await listServices(list);
    const cluster = await readCluster(list);
    // An export goes with its Service: the controller owns it so, and deletes the instances where there is none.
    const exports = sortObjects(read.objects).filter(
      ({ metadata }) => services.get(keyOf(metadata))?.metadata.isDeleted === false,
    );
    const withdrawn = sortObjects(read.objects)
      .filter(({ metadata }) => !metadata.isDeleted && !services.has(keyOf(metadata)))
      .map(({ metadata: { namespace, name } }) => ({ namespace, service: name, from: namespace }));
    return {
      state: "read",
      doubts: doubtAddresses(read.objects, "ServiceExport"),
      withdrawn,
      ...collectClaims(
        exports.map(({ object }) => object),
        {
          source: "serviceExports",
          kind: "ServiceExport",
          target: (_object, { namespace, name }) => parseTarget(namespace, name),
          pods: (_object, metadata) => podsBehind(services.get(keyOf(metadata))?.object, metadata),
          rule: (_object, metadata) => ruleOf(services.get(keyOf(metadata))?.object, metadata, cluster),
        },
      ),
    };
  },
};

function parseTarget(namespace: string, service: string): { namespace: string; service: string } {
  if (namespace === "" || service === "")
    throw new InputError("metadata.namespace or metadata.name is not there; apply an object that has both");
  return { namespace, service };
}

type Found = ReturnType<typeof sortObjects>[number];

async function listServices(list: ListObjects): Promise<ReadonlyMap<string, Found>> {
  const read = await list(SERVICES);
  if (read.state === "absent") return new Map();
  return new Map(sortObjects(read.objects).map((found) => [keyOf(found.metadata), found]));
}

const propertySchema = z.object({ spec: z.object({ value: z.string().min(1) }) });

/** Who this cluster is. The controller reads the same two properties; without them it exports nothing. */
async function readCluster(list: ListObjects): Promise<Attributes> {
  const read = await list(CLUSTER_PROPERTIES);
  if (read.state === "absent") return {};
  const values = new Map(
    sortObjects(read.objects).map(({ object, metadata }) => [
      metadata.name,
      propertySchema.safeParse(object).data?.spec.value,
    ]),
  );
  return withoutUnset({
    CLUSTER_ID: values.get("cluster.clusterset.k8s.io"),
    CLUSTERSET_ID: values.get("clusterset.k8s.io"),
  });
}

function ruleOf(service: unknown, metadata: Metadata, cluster: Attributes): Rule {
  const { ports, unready, isHeadless } = parseService(service);
  return {
    chooses: () => true,
    ports: ports.map((port) => ({ ...portBehind(port), attributes: portAttributes(port) })),
    ...OF_CONFIGURATION,
    address: "pod",
    // Whatever the configuration says: an importing controller reads a port from each instance.
    id: ports.length === 0 ? undefined : "ip-port",
    attributes: {},
    // The tool's, not the operator's: no annotation and no label may speak for the cluster.
    coreAttributes: { ...cluster, ...exportAttributes(isHeadless, metadata) },
    podAttributes: (pod) => endpointAttributes(pod, metadata.name),
    unready,
  };
}

function exportAttributes(isHeadless: boolean, { createdAt }: Metadata): Attributes {
  const created = Date.parse(createdAt ?? "");
  return {
    READY: "true", // What is not ready is not registered, or is published as if it were.
    SERVICE_TYPE: isHeadless ? "Headless" : "ClusterSetIP",
    SERVICE_EXPORT_CREATION_TIMESTAMP: String(Number.isNaN(created) ? 0 : created),
  };
}

/** An importing controller leaves out an instance that lacks one of these keys; the name of an unnamed port is empty. */
function portAttributes({ name, port, target, protocol }: ServicePort): Attributes {
  return {
    ENDPOINT_PORT_NAME: name,
    ENDPOINT_PROTOCOL: protocol,
    SERVICE_PORT_NAME: name,
    SERVICE_PORT: String(port),
    SERVICE_TARGET_PORT: String(target),
    SERVICE_PROTOCOL: protocol,
  };
}

/** These two the controller reads where they are there: the node, and the name that a pod has below the Service in DNS. */
function endpointAttributes({ node, host }: Pod, service: string): Attributes {
  return withoutUnset({ NODENAME: node, HOSTNAME: host?.subdomain === service ? host.name : undefined });
}

function withoutUnset(attributes: Readonly<Record<string, string | undefined>>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([key, value]) => (value === undefined || value === "" ? [] : [[key, value]])),
  );
}

function keyOf({ namespace, name }: Metadata): string {
  return `${namespace}/${name}`;
}
