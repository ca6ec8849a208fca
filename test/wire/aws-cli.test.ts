import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { cloudMapHandler } from "../emulators/cloudmap/handler.ts";
import { AT_ONCE } from "../emulators/cloudmap/options.ts";
import { createCloudMap } from "../emulators/cloudmap/world.ts";
import { serve } from "../emulators/serve.ts";
import { missingProgram } from "../support/programs.ts";

const run = promisify(execFile);
const missing = missingProgram("aws", "pip install awscli");
if (missing !== undefined) console.log(missing);

test.skipIf(missing !== undefined)("the aws CLI goes from a namespace to its instances and back", async () => {
  const aws = await openCli();
  const created = await aws("create-private-dns-namespace", "--name", "shop.local", "--vpc", "vpc-1");
  const operation = await aws("get-operation", "--operation-id", created["OperationId"]);
  expect(operation).toMatchObject({ Operation: { Type: "CREATE_NAMESPACE", Status: "SUCCESS" } });
  const { Namespaces } = await aws("list-namespaces");
  expect(Namespaces).toMatchObject([{ Name: "shop.local", Type: "DNS_PRIVATE", ServiceCount: 0 }]);
  const namespace = Namespaces[0].Id;
  const dns = ["--dns-config", "DnsRecords=[{Type=A,TTL=60}]", "--tags", "Key=team,Value=color"];
  const { Service } = await aws("create-service", "--name", "web", "--namespace-id", namespace, ...dns);
  const service = ["--service-id", Service.Id];
  const instance = [...service, "--instance-id", "10.0.0.1"];
  await aws("register-instance", ...instance, "--attributes", "AWS_INSTANCE_IPV4=10.0.0.1,version=blue");
  const filter = ["--filters", `Name=NAMESPACE_ID,Values=${namespace},Condition=EQ`];
  expect(await aws("list-services", ...filter)).toMatchObject({ Services: [{ Name: "web", InstanceCount: 1 }] });
  expect(await aws("list-instances", ...service)).toMatchObject({
    Instances: [{ Id: "10.0.0.1", Attributes: { version: "blue" } }],
  });
  expect(await aws("get-instances-health-status", ...service)).toEqual({ Status: { "10.0.0.1": "UNKNOWN" } });
  const asked = ["--namespace-name", "shop.local", "--service-name", "web", "--query-parameters", "version=blue"];
  expect(await aws("discover-instances", ...asked)).toMatchObject({ Instances: [{ InstanceId: "10.0.0.1" }] });
  await expect(aws("delete-service", "--id", Service.Id)).rejects.toThrow(/\(ResourceInUse\)/);
  await aws("deregister-instance", ...instance);
  await expect(aws("get-instance", ...instance)).rejects.toThrow(/\(InstanceNotFound\)/);
  await aws("delete-service", "--id", Service.Id);
  await aws("delete-namespace", "--id", namespace);
  expect(await aws("list-namespaces")).toEqual({ Namespaces: [] });
});

test.skipIf(missing !== undefined)("the aws CLI reads and writes tags", async () => {
  const aws = await openCli();
  await aws("create-http-namespace", "--name", "shop", "--tags", "Key=team,Value=color");
  const { Namespaces } = await aws("list-namespaces", "--filters", "Name=TYPE,Values=HTTP,Condition=EQ");
  const resource = ["--resource-arn", Namespaces[0].Arn];
  await aws("tag-resource", ...resource, "--tags", "Key=tier,Value=front");
  await aws("untag-resource", ...resource, "--tag-keys", "team");
  expect(await aws("list-tags-for-resource", ...resource)).toEqual({ Tags: [{ Key: "tier", Value: "front" }] });
});

test.skipIf(missing !== undefined)("the aws CLI updates a namespace, and a service's own attributes", async () => {
  const aws = await openCli();
  await aws("create-http-namespace", "--name", "shop");
  const { Namespaces } = await aws("list-namespaces");
  const [{ Id }] = Namespaces;
  await aws("update-http-namespace", "--id", Id, "--namespace", "Description=colors");
  expect(await aws("get-namespace", "--id", Id)).toMatchObject({ Namespace: { Description: "colors" } });
  const { Service } = await aws("create-service", "--name", "web", "--namespace-id", Id);
  const service = ["--service-id", Service.Id];
  await aws("update-service-attributes", ...service, "--attributes", "team=color,tier=front");
  await aws("delete-service-attributes", ...service, "--attributes", "team");
  expect(await aws("get-service-attributes", ...service)).toMatchObject({
    ServiceAttributes: { Attributes: { tier: "front" } },
  });
});

/** What is asked of an answer here, whatever the command. */
type Answer = {
  readonly OperationId: string;
  readonly Namespaces: readonly [{ readonly Id: string; readonly Arn: string }];
  readonly Service: { readonly Id: string };
};

async function openCli() {
  const server = await serve(cloudMapHandler(createCloudMap(AT_ONCE)));
  onTestFinished(server.close);
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: server.url,
    AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
    AWS_DEFAULT_REGION: "us-west-2",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
  return async (...words: readonly string[]): Promise<Answer> => {
    const { stdout } = await run("aws", ["servicediscovery", ...words, "--output", "json"], { env });
    return JSON.parse(stdout === "" ? "{}" : stdout) as Answer;
  };
}
