import { EKSClient } from "@aws-sdk/client-eks";
import { messageOf } from "../core/errors.ts";
import { describeCluster } from "../kubernetes/eks.ts";
import { CLIENT_SETTINGS } from "./clients.ts";
import type { Environment } from "./configuration/environment.ts";
import type { Described } from "./identity.ts";

export function createEksClient({ region, eksEndpoint }: Environment): EKSClient {
  return new EKSClient({
    ...CLIENT_SETTINGS,
    ...(region === undefined ? {} : { region }),
    ...(eksEndpoint === undefined ? {} : { endpoint: eksEndpoint }),
  });
}

/** What EKS says of a cluster, to whoever may ask. */
export async function describeAnyCluster(cluster: string, environment: Environment): Promise<Described> {
  try {
    const { arn, endpoint, mayBeEmpty } = await describeCluster(createEksClient(environment), cluster);
    return { kind: "known", arn, endpoint, mayBeEmpty };
  } catch (error) {
    return isNoSuchCluster(error) ? { kind: "unknown-cluster" } : { kind: "no-answer", problem: messageOf(error) };
  }
}

/** Whether EKS has said that there is no such cluster. */
export function isNoSuchCluster(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === "ResourceNotFoundException";
}
