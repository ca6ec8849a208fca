import { EC2Client } from "@aws-sdk/client-ec2";
import { EKSClient } from "@aws-sdk/client-eks";
import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { createServiceDiscoveryClient } from "../cloudmap/client.ts";
import { createRegistry } from "../cloudmap/registry.ts";
import { createListTags } from "../cloudmap/tags.ts";
import type { ListTags } from "../cloudmap/tags.ts";
import { InputError, messageOf } from "../core/errors.ts";
import type { Cluster, NodesRead, Registry, Source, World } from "../core/ports.ts";
import type { Configuration } from "../core/settings.ts";
import { createKubernetes } from "../kubernetes/cluster.ts";
import type { Connection } from "../kubernetes/connection.ts";
import { connectEks } from "../kubernetes/eks.ts";
import { connectKubeconfig } from "../kubernetes/kubeconfig/connect.ts";
import { markLostNodes } from "../kubernetes/machines.ts";
import { watchPods } from "../kubernetes/watch-pods.ts";
import type { PodWatch } from "../kubernetes/watch-pods.ts";
import { configurationClaims } from "../mappings/configuration.ts";
import { serviceExports } from "../mappings/service-exports.ts";
import { services as kubernetesServices } from "../mappings/services.ts";
import { virtualNodes } from "../mappings/virtual-nodes.ts";
import { CLIENT_SETTINGS } from "./clients.ts";
import type { Environment } from "./configuration/environment.ts";
import { keepLists } from "./watch/keep-lists.ts";
import { shareWrites } from "./watch/share-writes.ts";
import { createListMappings } from "./sources.ts";

const SOURCES: readonly Source[] = [kubernetesServices, virtualNodes, serviceExports];

/** `eks`: the configuration's `cluster`, with the caller's AWS identity. `kubeconfig`: as kubectl would, any cluster. */
export type ClusterAccess =
  | { readonly kind: "eks" }
  | { readonly kind: "kubeconfig"; readonly file?: string | undefined; readonly context?: string | undefined };

type Options = {
  readonly configuration: Configuration;
  readonly access: ClusterAccess;
  readonly environment: Environment;
  /** Told each time that Cloud Map throttles an operation. */
  readonly onThrottle?: (operation: string) => void;
  /** Told of each call to Cloud Map. */
  readonly onCall?: (operation: string) => void;
  /** Told what Cloud Map's side does otherwise than asked for; the same may come again. */
  readonly onWarning?: (warning: string) => void;
  /** Whether passes come several a second and overlap, as the watch's do: then they share what they know. Not for sweeps. */
  readonly isFrequent?: boolean;
};

type RegistryOptions = Omit<Options, "access" | "isFrequent"> & { readonly owner: string };

/** A world, and what its runtime asks besides. */
export type Composed = World & {
  /** The nodes as Kubernetes alone tells them, so that events of EC2 can be told apart. */
  readonly listNodes: Cluster["listNodes"];
  readonly watchPods: (watch: PodWatch) => Promise<void>;
};

/**
 * The only place that knows every part: a configuration in, the world that a reconcile works on out. Nothing is read of
 * either side yet but, on EKS, the cluster's description.
 */
export async function composeWorld({ access, isFrequent = false, ...options }: Options): Promise<Composed> {
  const { configuration, environment } = options;
  await regionOf(createCloudMapClient(environment));
  const connection = await connectCluster(configuration, access, environment);
  const owner = configuration.owner ?? connection.arn;
  if (owner === undefined)
    throw new InputError(
      "`owner` is missing: a cluster reached through a kubeconfig has no ARN to stamp on instances; set `owner` in the configuration, to a value that no other cluster uses",
    );
  const kubernetes = createKubernetes(connection);
  const { listPods, hasAnyPod, listObjects } = kubernetes;
  const { nodes, sources } = configuration;
  const listNodes = nodesReader(nodes, kubernetes.listNodes);
  const ec2 = new EC2Client({
    ...CLIENT_SETTINGS,
    ...(environment.region === undefined ? {} : { region: environment.region }),
  });
  const registry = composeRegistry({ ...options, owner });
  const cluster: Cluster = {
    listMappings: createListMappings(configurationClaims(configuration), SOURCES, sources, listObjects),
    listPods,
    listNodes: nodes.ec2 ? async (until) => markLostNodes(await listNodes(until), ec2) : listNodes,
    hasAnyPod,
  };
  return {
    cluster: isFrequent ? keepLists(cluster, Date.now) : cluster,
    registry: isFrequent ? shareWrites(registry, Date.now) : registry,
    settings: { ...configuration, owner },
    now: Date.now,
    listNodes,
    watchPods: (watch) => watchPods(connection, watch),
  };
}

/** Cloud Map alone, for whoever has no cluster. */
export function composeRegistry({ configuration, environment, owner, ...told }: RegistryOptions): Registry {
  const { namespaces, services, rates } = configuration;
  return createRegistry({
    client: createCloudMapClient(environment),
    namespaces,
    owner,
    services,
    rates,
    ...told,
  });
}

/** Reads the tags of a service. */
export function composeListTags(environment: Environment): ListTags {
  return createListTags(createCloudMapClient(environment));
}

function createCloudMapClient({ region, cloudMapEndpoint: endpoint }: Environment): ServiceDiscoveryClient {
  return createServiceDiscoveryClient({ region, endpoint });
}

/** Nodes are read for their zones, or to find what EC2 says of their machines. */
function nodesReader({ zones, ec2 }: Configuration["nodes"], listNodes: Cluster["listNodes"]): Cluster["listNodes"] {
  if (zones) return listNodes;
  return ec2 ? async (until) => withoutZones(await listNodes(until)) : () => Promise.resolve({ state: "off" });
}

function withoutZones(read: NodesRead): NodesRead {
  if (read.state !== "read") return read;
  const nodes = [...read.nodes].map(([name, node]) => [name, { ...node, region: undefined, zone: undefined }] as const);
  return { ...read, nodes: new Map(nodes) };
}

/** The way to the cluster. Throws an InputError where there is none, before anything of Kubernetes is asked. */
export async function connectCluster(
  { cluster }: Configuration,
  access: ClusterAccess,
  { region, eksEndpoint, variables }: Environment,
): Promise<Connection> {
  switch (access.kind) {
    case "kubeconfig":
      return connectKubeconfig({ ...access, variables });
    case "eks": {
      const client = new EKSClient({
        ...CLIENT_SETTINGS,
        ...(region === undefined ? {} : { region }),
        ...(eksEndpoint === undefined ? {} : { endpoint: eksEndpoint }),
      });
      return connectEks({ client, cluster, region: await regionOf(client), credentials: client.config.credentials });
    }
    default:
      return access satisfies never;
  }
}

/** The SDK finds it in the environment, or in the profile of its own files. */
async function regionOf(client: EKSClient | ServiceDiscoveryClient): Promise<string> {
  try {
    return await client.config.region();
  } catch (error) {
    throw new InputError(`no AWS region is set (${messageOf(error)}); set AWS_REGION`, { cause: error });
  }
}
