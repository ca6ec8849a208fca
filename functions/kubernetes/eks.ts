import { DescribeClusterCommand } from "@aws-sdk/client-eks";
import type { Cluster, EKSClient } from "@aws-sdk/client-eks";
import { partition } from "@aws-sdk/core/client";
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { InputError, messageOf } from "../core/errors.ts";
import { createConnection } from "./connection.ts";
import type { Connection } from "./connection.ts";

/** EKS takes a token for 15 minutes after it was signed; it is renewed before that, in milliseconds. */
const TOKEN_LIFE = 12 * 60_000;
/** What EKS allows the presigned URL to say, in seconds. */
const URL_LIFE = 60;
const TOKEN_PREFIX = "k8s-aws-v1.";
const CLUSTER_HEADER = "x-k8s-aws-id";

type EksOptions = {
  readonly client: EKSClient;
  readonly cluster: string;
  readonly region: string;
  readonly credentials: EKSClient["config"]["credentials"];
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

/** Describes the cluster, and asks as the AWS identity of the SDK. Throws an InputError where there is no such cluster. */
export async function connectEks({
  client,
  cluster,
  region,
  credentials,
  now = Date.now,
}: EksOptions): Promise<Connection> {
  const { arn, endpoint, ca, mayBeEmpty } = await describeCluster(client, cluster);
  let token: { readonly text: string; readonly until: number } | undefined;
  return createConnection(
    { server: new URL(endpoint), ca: Buffer.from(ca, "base64").toString("utf8") },
    {
      arn,
      mayBeEmpty,
      credentials: async () => {
        if (token === undefined || now() >= token.until) {
          const text = await presignToken({ cluster, region, credentials, now });
          token = { text, until: now() + TOKEN_LIFE };
        }
        return { headers: { authorization: `Bearer ${token.text}` } };
      },
      renew: () => {
        token = undefined;
      },
    },
  );
}

export type DescribedCluster = {
  readonly arn: string;
  /** The URL of its API server. */
  readonly endpoint: string;
  /** Base64 of PEM. */
  readonly ca: string;
  /** Whether it may be without any pod: EKS Auto Mode takes even the last node away. */
  readonly mayBeEmpty: boolean;
};

/** Throws an InputError, with the SDK's error as its cause, where EKS does not say. */
export async function describeCluster(client: EKSClient, name: string): Promise<DescribedCluster> {
  const cluster = await client.send(new DescribeClusterCommand({ name })).then(
    (answer) => answer.cluster,
    async (error: unknown) => {
      const where = `region ${await client.config.region()}`;
      throw new InputError(
        `EKS cluster ${name} could not be described in ${where}: ${messageOf(error)}; ${remedyOf(error)}`,
        { cause: error },
      );
    },
  );
  const { arn, endpoint, certificateAuthority, computeConfig, status }: Cluster = cluster ?? {};
  const ca = certificateAuthority?.data;
  if (arn === undefined || endpoint === undefined || ca === undefined)
    throw new InputError(
      `EKS cluster ${name} has no endpoint yet (it is ${status ?? "unknown"}); try again when it is ACTIVE`,
    );
  return { arn, endpoint, ca, mayBeEmpty: computeConfig?.enabled === true };
}

function remedyOf(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  if (name === "ResourceNotFoundException") return "check `cluster` and the AWS region";
  if (name === "AccessDeniedException") return "grant eks:DescribeCluster on it";
  return "check the AWS credentials, the region and the network";
}

/** A presigned STS GetCallerIdentity, bound to the cluster by a signed header: what `aws eks get-token` prints. */
export async function presignToken({
  cluster,
  region,
  credentials,
  now = Date.now,
}: Omit<EksOptions, "client">): Promise<string> {
  // STS's own endpoint rule; the suffix is the partition's, of which the SDK knows them all.
  const hostname = `sts.${region}.${partition(region).dnsSuffix}`;
  const signer = new SignatureV4({ service: "sts", region, credentials, sha256: Sha256 });
  const signed = await signer.presign(
    {
      method: "GET",
      protocol: "https:",
      hostname,
      path: "/",
      query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
      headers: { host: hostname, [CLUSTER_HEADER]: cluster },
    },
    { expiresIn: URL_LIFE, unhoistableHeaders: new Set([CLUSTER_HEADER]), signingDate: new Date(now()) },
  );
  const query = Object.entries(signed.query ?? {}).map(
    ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`,
  );
  return TOKEN_PREFIX + Buffer.from(`https://${hostname}/?${query.join("&")}`).toString("base64url");
}
