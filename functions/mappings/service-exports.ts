import * as z from "zod";
import { InputError } from "../core/errors.ts";
import type { Attributes } from "../core/model.ts";
import type { ListObjects, Resource, Source } from "../core/ports.ts";
import { SERVICES, parseService, targetPorts } from "./kube-service.ts";
import type { KubeService } from "./kube-service.ts";
import { collectClaims, sortObjects } from "./objects.ts";
import type { Metadata, Rule } from "./objects.ts";

const SERVICE_EXPORTS: Resource = {
  group: "multicluster.x-k8s.io",
  versions: ["v1alpha1"],
  plural: "serviceexports",
};
const CLUSTER_PROPERTIES: Resource = { group: "about.k8s.io", versions: ["v1alpha1"], plural: "clusterproperties" };

/**
 * ServiceExports of the multi-cluster services API, mapped as the AWS Cloud Map MCS controller maps them: the Cloud Map
 * namespace is called like the Kubernetes namespace, the service like the export, and the pods are those of the Service of that name.
 */
export const serviceExports: Source = {
  name: "serviceExports",
  read: async (list) => {
    const read = await list(SERVICE_EXPORTS);
    if (read.state === "absent") return read;
    if (read.objects.length === 0) return { state: "read", claims: [], broken: [] };
    const services = await listServices(list);
    const cluster = await readCluster(list);
    // An export goes with its Service, as its owner reference says: one is being deleted, so is the other.
    const exports = sortObjects(read.objects).filter(
      ({ metadata }) => services.get(keyOf(metadata))?.metadata.isDeleted !== true,
    );
    return {
      state: "read",
      ...collectClaims(
        exports.map(({ object }) => object),
        {
          source: "serviceExports",
          kind: "ServiceExport",
          target: (_object, { namespace, name }) => parseTarget(namespace, name),
          rule: (_object, metadata) => ruleOf(metadata, services.get(keyOf(metadata)), cluster),
        },
      ),
    };
  },
};

function parseTarget(namespace: string, service: string): { namespace: string; service: string } {
  if (namespace === "" || service === "")
    throw new InputError("metadata.namespace or metadata.name is not there; mend it");
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

function ruleOf(metadata: Metadata, found: Found | undefined, cluster: Attributes): Rule {
  if (found === undefined)
    throw new InputError(`there is no Service ${keyOf(metadata)}; create it, or delete the ServiceExport`);
  const service = parseService(found.object, found.metadata);
  return {
    pods: service.pods,
    chooses: () => true,
    ports: targetPorts(service),
    attributes: {},
    // The tool's, not the operator's: no annotation and no label may speak for the cluster.
    coreAttributes: { ...cluster, ...importAttributes(service, metadata) },
    unready: service.unready,
  };
}

/**
 * What an importing controller insists on: an instance that lacks one of the controller's keys is left out there. They
 * describe one port of the Service, so they can be told of a Service with one port only. Cloud Map takes no empty
 * values from this tool, so an unnamed port's name is left out.
 */
function importAttributes({ ports, isHeadless }: KubeService, { createdAt }: Metadata): Attributes {
  const created = createdAt === undefined ? Number.NaN : Date.parse(createdAt);
  const [port, ...others] = ports;
  return withoutUnset({
    READY: "true", // What is not ready is not registered, or is published as if it were.
    SERVICE_TYPE: isHeadless ? "Headless" : "ClusterSetIP",
    SERVICE_EXPORT_CREATION_TIMESTAMP: String(Number.isNaN(created) ? 0 : created),
    ...(port === undefined || others.length > 0
      ? {}
      : {
          ENDPOINT_PORT_NAME: port.name,
          ENDPOINT_PROTOCOL: port.protocol,
          SERVICE_PORT_NAME: port.name,
          SERVICE_PORT: String(port.port),
          SERVICE_TARGET_PORT: String(port.target),
          SERVICE_PROTOCOL: port.protocol,
        }),
  });
}

function withoutUnset(attributes: Readonly<Record<string, string | undefined>>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([key, value]) => (value === undefined || value === "" ? [] : [[key, value]])),
  );
}

function keyOf({ namespace, name }: Metadata): string {
  return `${namespace}/${name}`;
}
