import { hasExternalDns, listOwnNamespaces } from "../cloudmap/own-namespaces.ts";
import type { CloudMapNamespace } from "../core/model.ts";
import type { SourceRead } from "../core/ports.ts";
import { createKubernetes } from "../kubernetes/cluster.ts";
import { findEksCluster } from "../kubernetes/kubeconfig/eks-cluster.ts";
import { SOURCES } from "../mappings/sources.ts";
import { connectCluster, createCloudMapClient } from "./compose.ts";
import type { ClusterAccess } from "./compose.ts";
import { checkConfiguration } from "./configuration/document.ts";
import type { Environment } from "./configuration/environment.ts";
import { createListMappings } from "./sources.ts";

/** The EKS cluster that a context leads to, by default the current one; undefined where none surely is. */
export function clusterOfContext(
  wanted: { readonly file?: string | undefined; readonly context?: string | undefined },
  { variables }: Environment,
): { readonly cluster: string; readonly context: string } | undefined {
  return findEksCluster(wanted, variables);
}

/** What claims services in a cluster, and which Cloud Map namespaces there are, for whoever has no configuration yet. */
export async function surveyCluster(
  cluster: string,
  access: ClusterAccess,
  environment: Environment,
  until: number,
): Promise<{
  readonly sources: readonly SourceRead[];
  readonly namespaces: readonly CloudMapNamespace[];
  readonly externalDns: boolean;
}> {
  const configuration = checkConfiguration({ cluster, namespaces: ["any"] }, "the command line");
  const connection = await connectCluster(configuration, access, environment);
  const { listObjects } = createKubernetes(connection);
  const all = Object.fromEntries(SOURCES.map(({ name }) => [name, "auto" as const]));
  const client = createCloudMapClient(environment);
  const [sources, namespaces, externalDns] = await Promise.all([
    createListMappings([], SOURCES, all, listObjects)(until, { fresh: true }),
    listOwnNamespaces(client, until),
    hasExternalDns(client, until),
  ]);
  return { sources, namespaces, externalDns };
}
