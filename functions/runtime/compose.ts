import { EKSClient } from "@aws-sdk/client-eks";
import { createServiceDiscoveryClient } from "../cloudmap/client.ts";
import { createRegistry } from "../cloudmap/registry.ts";
import { InputError, messageOf } from "../core/errors.ts";
import type { Source, World } from "../core/ports.ts";
import type { Configuration } from "../core/settings.ts";
import { createKubernetes } from "../kubernetes/cluster.ts";
import type { Connection } from "../kubernetes/connection.ts";
import { connectEks } from "../kubernetes/eks.ts";
import { connectKubeconfig } from "../kubernetes/kubeconfig.ts";
import { configurationClaims } from "../mappings/configuration.ts";
import { serviceExports } from "../mappings/service-exports.ts";
import { services as kubernetesServices } from "../mappings/services.ts";
import { virtualNodes } from "../mappings/virtual-nodes.ts";
import type { Environment } from "./environment.ts";
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
};

/**
 * The only place that knows every part: a configuration in, the world that a reconcile works on out. Nothing is read of
 * either side yet but, on EKS, the cluster's description.
 */
export async function composeWorld({ configuration, access, environment, onThrottle }: Options): Promise<World> {
  const connection = await connect(configuration, access, environment);
  const owner = configuration.owner ?? connection.arn;
  if (owner === undefined)
    throw new InputError(
      "`owner` is missing: a cluster reached through a kubeconfig has no ARN to stamp on instances; set `owner` in the configuration, to a value that no other cluster uses",
    );
  const { listPods, listNodes, hasAnyPod, listObjects } = createKubernetes(connection);
  const { namespaces, services, rates, nodes, sources } = configuration;
  return {
    cluster: {
      listMappings: createListMappings(configurationClaims(configuration), SOURCES, sources, listObjects),
      listPods,
      listNodes: nodes.zones ? listNodes : () => Promise.resolve({ state: "off" }),
      hasAnyPod,
    },
    registry: createRegistry({
      client: createServiceDiscoveryClient({ region: environment.region, endpoint: environment.cloudMapEndpoint }),
      namespaces,
      owner,
      services,
      rates,
      ...(onThrottle === undefined ? {} : { onThrottle }),
    }),
    settings: { ...configuration, owner },
    now: Date.now,
  };
}

async function connect(
  { cluster }: Configuration,
  access: ClusterAccess,
  { region, eksEndpoint }: Environment,
): Promise<Connection> {
  switch (access.kind) {
    case "kubeconfig":
      return connectKubeconfig(access);
    case "eks": {
      const client = new EKSClient({
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
async function regionOf(client: EKSClient): Promise<string> {
  try {
    return await client.config.region();
  } catch (error) {
    throw new InputError(`no AWS region is set (${messageOf(error)}); set AWS_REGION`, { cause: error });
  }
}
