import { EKSClient } from "@aws-sdk/client-eks";
import { expect, onTestFinished, test } from "vitest";
import { connectEks, presignToken } from "../../functions/kubernetes/eks.ts";
import { serve } from "../emulators/serve.ts";

const credentials = () => Promise.resolve({ accessKeyId: "AKIATEST", secretAccessKey: "secret" });

test.each([
  ["eu-west-1", "sts.eu-west-1.amazonaws.com"],
  ["us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"],
  ["cn-north-1", "sts.cn-north-1.amazonaws.com.cn"],
  ["eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu"],
  ["us-iso-east-1", "sts.us-iso-east-1.c2s.ic.gov"],
  ["us-isob-east-1", "sts.us-isob-east-1.sc2s.sgov.gov"],
  ["eu-isoe-west-1", "sts.eu-isoe-west-1.cloud.adc-e.uk"],
  ["us-isof-south-1", "sts.us-isof-south-1.csp.hci.ic.gov"],
])("the EKS token in %s is a presigned GetCallerIdentity that is bound to the cluster", async (region, host) => {
  const token = await presignToken({ cluster: "prod", region, credentials, now: () => Date.UTC(2026, 10, 24) });
  expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
  const url = new URL(Buffer.from(token.slice("k8s-aws-v1.".length), "base64url").toString());
  expect(url.hostname).toBe(host);
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    Action: "GetCallerIdentity",
    "X-Amz-Date": "20261124T000000Z",
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
  });
});

test.each([
  [404, "ResourceNotFoundException", /prod could not be described.*check `cluster` and the AWS region/],
  [403, "AccessDeniedException", /prod could not be described.*grant eks:DescribeCluster/],
  [400, "UnrecognizedClientException", /prod could not be described.*check the AWS credentials/],
])("a cluster that EKS refuses with %i %s is told with what to do", async (status, name, sentence) => {
  const headers = { "x-amzn-errortype": name };
  await expect(connect(Response.json({ message: "no" }, { status, headers }))).rejects.toThrow(sentence);
});

test("a cluster that is still being created is told as such", async () => {
  const cluster = { name: "prod", arn: "arn:aws:eks:eu-west-1:1:cluster/prod", status: "CREATING" };
  await expect(connect(Response.json({ cluster }))).rejects.toThrow(/no endpoint yet \(it is CREATING\)/);
});

/** Connects to a cluster of which EKS answers so. */
async function connect(answer: Response): Promise<unknown> {
  const server = await serve(() => Promise.resolve(answer));
  onTestFinished(server.close);
  const client = new EKSClient({ region: "eu-west-1", endpoint: server.url, credentials, maxAttempts: 1 });
  return connectEks({ client, cluster: "prod", region: "eu-west-1", credentials });
}
