import * as eksModel from "@aws-sdk/client-eks";
import { checkAnswer } from "../model.ts";
import type { Handler } from "../serve.ts";

/** A cluster as DescribeCluster shows it. */
export type EksCluster = {
  readonly name: string;
  readonly arn: string;
  /** Undefined while it is being created. */
  readonly endpoint: string | undefined;
  /** The CA of its API server, PEM. */
  readonly ca: string | undefined;
};

export type EksWorld = {
  readonly clusters: Map<string, EksCluster>;
  /** The ARNs of the roles that the clusters let in. */
  readonly accessEntries: Set<string>;
  /** What every call is answered instead. */
  failure: { readonly status: number; readonly code: string; readonly message: string } | undefined;
};

export function createEks(...clusters: readonly EksCluster[]): EksWorld {
  return {
    clusters: new Map(clusters.map((cluster) => [cluster.name, cluster])),
    accessEntries: new Set(),
    failure: undefined,
  };
}

/** EKS's DescribeCluster and DescribeAccessEntry (REST JSON) over `world`, for `serve`. */
export function eksHandler(world: EksWorld): Handler {
  return async (request) => {
    const { failure } = world;
    if (failure !== undefined) return refuse(failure.status, failure.code, failure.message);
    const [, name, principal] =
      /^\/clusters\/([^/]+)(?:\/access-entries\/([^/]+))?$/.exec(new URL(request.url).pathname) ?? [];
    if (request.method !== "GET" || name === undefined)
      return refuse(404, "UnknownOperationException", "The operation is not emulated");
    const cluster = world.clusters.get(decodeURIComponent(name));
    if (cluster === undefined)
      return refuse(404, "ResourceNotFoundException", `No cluster found for name: ${decodeURIComponent(name)}.`);
    return principal === undefined
      ? respond("DescribeCluster", { cluster: shown(cluster) })
      : describeAccessEntry(world, cluster, decodeURIComponent(principal));
  };
}

function describeAccessEntry({ accessEntries }: EksWorld, { name }: EksCluster, principalArn: string): Response {
  if (!accessEntries.has(principalArn))
    return refuse(
      404,
      "ResourceNotFoundException",
      `The specified principalArn could not be found. You should view all access entries: ${principalArn}`,
    );
  return respond("DescribeAccessEntry", {
    accessEntry: { clusterName: name, principalArn, kubernetesGroups: [], type: "STANDARD" },
  });
}

function respond(operation: string, answer: object): Response {
  checkAnswer(eksModel, operation, answer);
  return Response.json(answer);
}

function shown({ name, arn, endpoint, ca }: EksCluster): object {
  return {
    name,
    arn,
    createdAt: 1767600000.123,
    version: "1.34",
    platformVersion: "eks.9",
    status: endpoint === undefined ? "CREATING" : "ACTIVE",
    accessConfig: { authenticationMode: "API_AND_CONFIG_MAP" },
    tags: {},
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(ca === undefined ? {} : { certificateAuthority: { data: Buffer.from(ca).toString("base64") } }),
  };
}

function refuse(status: number, code: string, message: string): Response {
  return Response.json({ message }, { status, headers: { "x-amzn-errortype": code } });
}
