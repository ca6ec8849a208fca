import type { EKSClient } from "@aws-sdk/client-eks";
import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { createServiceDiscoveryClient } from "../cloudmap/client.ts";
import { createRegistry } from "../cloudmap/registry.ts";
import { sleep } from "../cloudmap/time-limit.ts";
import { createListTags } from "../cloudmap/tags.ts";
import type { ListTags } from "../cloudmap/tags.ts";
import { InputError, messageOf } from "../core/errors.ts";
import { createHistory } from "../core/history.ts";
import type { History } from "../core/history.ts";
import type { Cluster, ListObjects, Registry, SourceRead, World } from "../core/ports.ts";
import type { Configuration } from "../core/settings.ts";
import { createKubernetes } from "../kubernetes/cluster.ts";
import type { Connection } from "../kubernetes/connection.ts";
import { connectEks } from "../kubernetes/eks.ts";
import { readClusterUid } from "../kubernetes/identity.ts";
import { listNamespaceNames } from "../kubernetes/namespaces.ts";
import { watchPods } from "../kubernetes/watch-pods.ts";
import type { PodWatch } from "../kubernetes/watch-pods.ts";
import { configurationClaims } from "../mappings/configuration.ts";
import { SOURCES } from "../mappings/sources.ts";
import { createEksClient, describeAnyCluster } from "./eks-cluster.ts";
import { identify } from "./identity.ts";
import type { Reached, Whose } from "./identity.ts";
import { VERSION } from "./version.ts";
import type { Environment } from "./configuration/environment.ts";
import { keepLists } from "./keep-lists.ts";
import { nodesReader, withMachines } from "./nodes-readers.ts";
import { shareWrites } from "./watch/share-writes.ts";
import { createListMappings } from "./sources.ts";

/** `eks`: the configuration's `cluster`, with the caller's AWS identity. `kubeconfig`: as kubectl would, any cluster. */
export type ClusterAccess =
  | { readonly kind: "eks" }
  | {
      readonly kind: "kubeconfig";
      readonly file?: string | undefined;
      readonly context?: string | undefined;
      /** Whether the kubeconfig's server may differ from the one that EKS names: a tunnel, a proxy. */
      readonly isAnyEndpointAllowed?: boolean;
    };

export type ComposeOptions = {
  readonly configuration: Configuration;
  readonly access: ClusterAccess;
  readonly environment: Environment;
  /** Told each time that Cloud Map throttles an operation. */
  readonly onThrottle?: (operation: string) => void;
  /** Told of each call to Cloud Map. */
  readonly onCall?: (operation: string) => void;
  /** Told what is otherwise than asked for, on Cloud Map's side or about whose the instances are; the same may come again. */
  readonly onWarning?: (warning: string) => void;
  /** Whether passes come several a second and overlap, as the watch's do: then they share what they know. Not for sweeps. */
  readonly isFrequent?: boolean;
  /** When to give up finding out which cluster it is, in milliseconds since the epoch. */
  readonly until?: number;
  /** What earlier worlds of the same document remember; a new one by default. */
  readonly history?: History;
  /** Their registries, by the owner that tags services: they know what services there are, and what Cloud Map lets through. */
  readonly registries?: Map<string, Registry>;
};

type RegistryOptions = Omit<ComposeOptions, "access" | "isFrequent" | "history" | "registries" | "until"> & {
  readonly owner: string;
};

/** A world, and what its runtime asks besides. */
export type Composed = World & {
  /** The nodes as Kubernetes alone tells them, so that events of EC2 can be told apart. */
  readonly listNodes: Cluster["listNodes"];
  /** Who claims what, as it was up to a minute ago: enough to tell what matters to nobody. */
  readonly knownMappings: (until: number) => Promise<readonly SourceRead[]>;
  readonly watchPods: (watch: PodWatch) => Promise<void>;
  /** The names of the Kubernetes namespaces. Throws where they cannot be read. */
  readonly listNamespaceNames: (until: number) => Promise<readonly string[]>;
  /** The URL of the API server. */
  readonly server: string;
  /** Of AWS. */
  readonly region: string;
};

/** How a world is made of a configuration. */
export type Compose = (options: ComposeOptions) => Promise<Composed>;

/**
 * The only place that knows every part: a configuration in, the world that a reconcile works on out. Of the two sides nothing is
 * read yet but who the cluster is. Throws an InputError where that, or whose the instances are, cannot be known.
 */
export async function composeWorld({
  access,
  isFrequent = false,
  history = createHistory(),
  registries = new Map<string, Registry>(),
  until,
  ...options
}: ComposeOptions): Promise<Composed> {
  const { configuration, environment } = options;
  const region = await regionOf(createCloudMapClient(environment));
  const connection = await connectCluster(configuration, access, environment);
  const { owner, tagOwner, identity } = await identifyCluster(connection, { access, until, ...options });
  const kubernetes = createKubernetes(connection);
  const { listPods, hasAnyPod, listObjects } = kubernetes;
  const { nodes, sources } = configuration;
  const listNodes = nodesReader(configuration, kubernetes.listNodes);
  const registry = registries.get(tagOwner) ?? composeRegistry({ ...options, owner: tagOwner });
  registries.set(tagOwner, registry);
  const cluster: Cluster = {
    listMappings: createListMappings(configurationClaims(configuration), SOURCES, sources, listObjects),
    listPods,
    listNodes: nodes.ec2 ? withMachines(listNodes, environment) : listNodes,
    hasAnyPod,
  };
  const kept = keepLists(cluster, Date.now);
  return {
    cluster: isFrequent ? kept : cluster,
    registry: isFrequent ? shareWrites(registry, Date.now) : registry,
    settings: { ...configuration, owner, tagOwner, identity },
    history,
    version: VERSION,
    now: Date.now,
    pause: sleep,
    listNodes,
    knownMappings: (until) => kept.listMappings(until, { fresh: false }),
    watchPods: (watch) => watchPods(connection, watch),
    listNamespaceNames: (until) => listNamespaceNames(connection, until),
    server: connection.server,
    region,
  };
}

/** What a document claims, and Kubernetes objects that are at hand, without a cluster. */
export function composeClaims(configuration: Configuration, listObjects: ListObjects): Promise<readonly SourceRead[]> {
  const claims = configurationClaims(configuration);
  return createListMappings(claims, SOURCES, configuration.sources, listObjects)(Infinity);
}

/** Throws the SDK's own error where the process has no AWS credentials. */
export async function resolveCredentials(environment: Environment): Promise<{ readonly accountId?: string }> {
  return createCloudMapClient(environment).config.credentials();
}

/** Cloud Map alone, for whoever has no cluster. */
export function composeRegistry({ configuration, environment, owner, ...told }: RegistryOptions): Registry {
  const { namespaces, services, rates } = configuration;
  return createRegistry({
    client: createCloudMapClient(environment),
    namespaces,
    owner,
    part: configuration.part,
    services,
    rates,
    ...told,
  });
}

/** Reads the tags of a service. */
export function composeListTags(environment: Environment): ListTags {
  return createListTags(createCloudMapClient(environment));
}

export function createCloudMapClient({ region, cloudMapEndpoint: endpoint }: Environment): ServiceDiscoveryClient {
  return createServiceDiscoveryClient({ region, endpoint });
}

async function identifyCluster(
  connection: Connection,
  {
    configuration,
    access,
    environment,
    until,
  }: Pick<ComposeOptions, "configuration" | "access" | "environment"> & {
    readonly until: number | undefined;
  },
): Promise<Whose> {
  const { arn, server, mayBeEmpty = false } = connection;
  const reached: Reached =
    access.kind === "eks" && arn !== undefined
      ? { access: "eks", arn, mayBeEmpty }
      : {
          access: "kubeconfig",
          server,
          isAnyEndpointAllowed: access.kind === "kubeconfig" && access.isAnyEndpointAllowed === true,
        };
  const uid = await readClusterUid(connection, until);
  return identify(configuration, uid, reached, (cluster) => describeAnyCluster(cluster, environment));
}

/** The way to the cluster. Throws an InputError where there is none, before anything of Kubernetes is asked. */
export async function connectCluster(
  { cluster }: Configuration,
  access: ClusterAccess,
  environment: Environment,
): Promise<Connection> {
  switch (access.kind) {
    case "kubeconfig": {
      const { connectKubeconfig } = await import("../kubernetes/kubeconfig/connect.ts");
      return connectKubeconfig({ ...access, variables: environment.variables });
    }
    case "eks": {
      const client = createEksClient(environment);
      const { credentials } = client.config;
      const region = await regionOf(client);
      return connectEks({ client, cluster, region, credentials }).catch((error: unknown) =>
        withOtherWay(error, environment),
      );
    }
    default:
      return access satisfies never;
  }
}

/** Throws the error again; where a kubeconfig is at hand, with the way that goes around EKS. */
async function withOtherWay(error: unknown, { variables }: Environment): Promise<never> {
  const { hasKubeconfig } = await import("../kubernetes/kubeconfig/files.ts");
  if (!(error instanceof InputError) || !hasKubeconfig(variables)) throw error;
  throw new InputError(`${error.message}; or reach it as kubectl does: --kubeconfig FILE or --context NAME`, {
    cause: error.cause,
  });
}

/** The SDK finds it in the environment, or in the profile of its own files. */
export async function regionOf(client: EKSClient | ServiceDiscoveryClient): Promise<string> {
  try {
    return await client.config.region();
  } catch (error) {
    throw new InputError(`no AWS region is set (${messageOf(error)}); set AWS_REGION`, { cause: error });
  }
}
