import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { DescribeClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import { expect, onTestFinished, test } from "vitest";
import { accountHandler } from "./account.ts";
import type { AccountCall } from "./account.ts";
import { cloudFormationHandler, createCloudFormation } from "./cloudformation/handler.ts";
import { createEc2, ec2Handler } from "./ec2/handler.ts";
import { createEks, eksHandler } from "./eks/handler.ts";
import { serve } from "./serve.ts";
import { sqsHandler } from "./sqs/handler.ts";
import { bodiesIn, createSqs, putQueue } from "./sqs/world.ts";
import { createSsm, ssmHandler } from "./ssm/handler.ts";

const ACCOUNT = "111122223333";
const run = promisify(execFile);
const hasAws = await run("aws", ["--version"]).then(
  () => true,
  () => false,
);

test.skipIf(!hasAws)(
  "the AWS CLI, where it is installed, talks to every service through one endpoint",
  async () => {
    const { url, aws, ssm, sqs, ec2, cloudFormation, calls } = await openAccount();
    ssm.parameters.set("/sync", { value: "{}", version: 1 });
    ec2.instances.set("i-0123456789abcdef0", "stopping");
    const QueueUrl = `${url}/${ACCOUNT}/scopes`;

    expect(await aws("eks", "describe-cluster", "--name", "prod")).toMatchObject({ cluster: { status: "ACTIVE" } });
    await aws("ssm", "put-parameter", "--overwrite", "--name", "/sync", "--value", '{"namespaces":[]}');
    expect(await aws("ssm", "get-parameter", "--name", "/sync")).toMatchObject({
      Parameter: { Value: '{"namespaces":[]}', Version: 2 },
    });
    const entries = '[{"Id":"0","MessageBody":"{\\"a\\":1}"}]';
    await aws("sqs", "send-message-batch", "--queue-url", QueueUrl, "--entries", entries);
    expect(bodiesIn(sqs, "scopes")).toEqual([{ a: 1 }]);
    const received = await aws("sqs", "receive-message", "--queue-url", QueueUrl);
    expect(received).toMatchObject({ Messages: [{ Body: '{"a":1}' }] });
    const status = await aws("ec2", "describe-instance-status", "--include-all-instances");
    expect(status).toMatchObject({ InstanceStatuses: [{ InstanceState: { Name: "stopping" } }] });
    cloudFormation.stacks.set("sync", { status: "UPDATE_COMPLETE", outputs: { Deployment: '{"a":"<&>"}' } });
    expect(await aws("cloudformation", "describe-stacks", "--stack-name", "sync")).toMatchObject({
      Stacks: [{ StackStatus: "UPDATE_COMPLETE", Outputs: [{ OutputKey: "Deployment", OutputValue: '{"a":"<&>"}' }] }],
    });
    expect(calls.map(({ service, operation }) => `${service} ${operation}`)).toEqual([
      "eks DescribeCluster",
      "ssm PutParameter",
      "ssm GetParameter",
      "sqs SendMessageBatch",
      "sqs ReceiveMessage",
      "ec2 DescribeInstanceStatus",
      "cloudformation DescribeStacks",
    ]);
  },
  120_000,
);

test("records who calls what, by the access key and the service that signed", async () => {
  const { url, calls } = await openAccount();
  const credentials = { accessKeyId: "audit-log", secretAccessKey: "x" };
  const client = new EKSClient({ endpoint: url, region: "us-west-2", credentials });
  await client.send(new DescribeClusterCommand({ name: "prod" }));
  expect(calls).toMatchObject([
    { caller: "audit-log", service: "eks", operation: "DescribeCluster", input: { name: "prod" } },
  ]);
});

test("refuses what is not signed, and says which service nobody emulates", async () => {
  const { url, calls } = await openAccount();
  expect((await fetch(url)).status).toBe(403);
  const authorization = "AWS4-HMAC-SHA256 Credential=a/20261124/us-west-2/s3/aws4_request, Signature=b";
  const answer = await fetch(url, { headers: { authorization } });
  expect(await answer.json()).toMatchObject({ message: "nothing emulates s3" });
  expect(calls).toEqual([]);
});

async function openAccount() {
  const cluster = { name: "prod", arn: `arn:aws:eks:us-west-2:${ACCOUNT}:cluster/prod`, endpoint: "https://x", ca: "" };
  const [eks, ec2, sqs] = [createEks(cluster), createEc2(), createSqs({ account: ACCOUNT })];
  const ssm = createSsm({ account: ACCOUNT, region: "us-west-2" });
  putQueue(sqs, { name: "scopes" });
  const calls: AccountCall[] = [];
  const cloudFormation = createCloudFormation({ account: ACCOUNT, region: "us-west-2" });
  const services = {
    eks: eksHandler(eks),
    ec2: ec2Handler(ec2),
    ssm: ssmHandler(ssm),
    sqs: sqsHandler(sqs),
    cloudformation: cloudFormationHandler(cloudFormation),
  };
  const server = await serve(accountHandler(services, calls));
  onTestFinished(() => server.close());
  const env = { AWS_DEFAULT_REGION: "us-west-2", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  const aws = async (...args: readonly string[]): Promise<unknown> => {
    const all = ["--endpoint-url", server.url, "--output", "json", ...args];
    const { stdout } = await run("aws", all, { env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env } });
    return stdout === "" ? undefined : JSON.parse(stdout);
  };
  return { url: server.url, aws, ec2, ssm, sqs, cloudFormation, calls };
}
