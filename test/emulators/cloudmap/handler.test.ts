import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  DiscoverInstancesCommand,
  GetServiceCommand,
  ListServicesCommand,
  paginateListInstances,
  RegisterInstanceCommand,
} from "@aws-sdk/client-servicediscovery";
import { describe, expect, test } from "vitest";
import { failureOf, openCloudMap } from "./fixture.ts";
import { seedInstance, seedNamespace, seedService } from "./seed.ts";

const run = promisify(execFile);
const hasAws = await run("aws", ["--version"]).then(
  () => true,
  () => false,
);

describe("the wire", () => {
  test("answers as awsJson 1.1 does, with a request id and the error's type", async () => {
    const { url } = await openCloudMap();
    const answer = await post(url, "Route53AutoNaming_v20170314.GetService", '{"Id":"srv-none"}');
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(answer.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
    expect(await answer.json()).toMatchObject({ __type: "ServiceNotFound" });
  });

  test.each([
    ["an operation it does not know", "Route53AutoNaming_v20170314.Fly", "{}", "UnknownOperationException"],
    ["the name of an object's own method", "Route53AutoNaming_v20170314.toString", "{}", "UnknownOperationException"],
    ["another service's operation", "Route54AutoNaming_v20170314.GetService", "{}", "UnknownOperationException"],
    ["what is no JSON", "Route53AutoNaming_v20170314.GetService", "{", "SerializationException"],
    ["a member of the wrong type", "Route53AutoNaming_v20170314.GetService", '{"Id":1}', "SerializationException"],
    ["a required member that is missing", "Route53AutoNaming_v20170314.GetService", "{}", "InvalidInput"],
    ["a required member that is null", "Route53AutoNaming_v20170314.GetService", '{"Id":null}', "InvalidInput"],
  ])("refuses %s", async (_what, target, body, type) => {
    const { url } = await openCloudMap();
    const answer = await post(url, target, body);
    expect([answer.status, await answer.json()]).toMatchObject([400, { __type: type }]);
  });

  test.skipIf(!hasAws)("the AWS CLI, where it is installed, discovers instances by their attributes", async () => {
    const { world, url } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    seedInstance(world, service, "10.0.0.1", { AWS_INSTANCE_IPV4: "10.0.0.1", version: "blue" });
    seedInstance(world, service, "10.0.0.2", { AWS_INSTANCE_IPV4: "10.0.0.2", version: "red" });
    const command = `servicediscovery discover-instances --endpoint-url ${url} --output json --namespace-name shop.local`;
    const query = ["--service-name", "web", "--query-parameters", "version=blue"];
    const { stdout } = await run("aws", [...command.split(" "), ...query], {
      env: {
        ...process.env,
        AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
        AWS_REGION: "us-west-2",
        AWS_DEFAULT_REGION: "us-west-2",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      },
    });
    expect(JSON.parse(stdout)).toMatchObject({
      Instances: [{ InstanceId: "10.0.0.1", HealthStatus: "UNKNOWN", Attributes: { version: "blue" } }],
    });
  });
});

describe("calls", () => {
  test("are logged with their input, time and error", async () => {
    const { world, client } = await openCloudMap();
    await failureOf(client.send(new GetServiceCommand({ Id: "srv-none" })));
    await client.send(new ListServicesCommand({}));
    const at = world.now();
    expect(world.calls).toEqual([
      { operation: "GetService", at, input: { Id: "srv-none" }, error: "ServiceNotFound" },
      { operation: "ListServices", at, input: {} },
    ]);
  });

  test("beyond an operation's rate are throttled until its bucket fills again, others are not", async () => {
    const { world, client, pass } = await openCloudMap({ rates: { ListServices: { perSecond: 2, burst: 3 } } });
    const { arn } = seedService(world, seedNamespace(world));
    const list = () => client.send(new ListServicesCommand({}));
    for (let index = 0; index < 3; index++) await list();
    const throttled = { name: "ThrottlingException", message: "Rate exceeded", status: 400 };
    expect(await failureOf(list())).toMatchObject(throttled);
    await client.send(new GetServiceCommand({ Id: arn }));
    pass(500);
    await list();
    expect(await failureOf(list())).toMatchObject(throttled);
    pass(60_000);
    for (let index = 0; index < 3; index++) await list();
    expect(await failureOf(list())).toMatchObject(throttled);
    world.options.rates = {};
    await list();
  });

  test("of discovery are throttled by an error of their own", async () => {
    const { client } = await openCloudMap({ rates: { DiscoverInstances: { perSecond: 0, burst: 0 } } });
    const command = new DiscoverInstancesCommand({ NamespaceName: "shop.local", ServiceName: "web" });
    expect(await failureOf(client.send(command))).toMatchObject({ name: "RequestLimitExceeded", status: 400 });
  });

  test("fail as the fault says, which counts them by operation", async () => {
    const { world, client } = await openCloudMap();
    world.options.fault = ({ operation, count }) =>
      operation === "ListServices" && count === 2
        ? { error: "InternalFailure", message: "try again", status: 500 }
        : undefined;
    const list = () => client.send(new ListServicesCommand({}));
    await list();
    const failure = await failureOf(list());
    expect(failure).toMatchObject({ name: "InternalFailure", message: "try again", status: 500 });
    await list();
    expect(world.calls.map(({ error }) => error)).toEqual([undefined, "InternalFailure", undefined]);
  });

  test.each([
    ["break-connection", 0],
    ["lose-answer", 1],
  ] as const)("break with %s, after which %d instances are there", async (fault, count) => {
    const { world, client } = await openCloudMap({ fault: () => fault });
    const service = seedService(world, seedNamespace(world));
    const Attributes = { AWS_INSTANCE_IPV4: "10.0.0.1" };
    const call = client.send(new RegisterInstanceCommand({ ServiceId: service.id, InstanceId: "a", Attributes }));
    expect((await failureOf(call))["code"]).toBe("ECONNRESET");
    expect(service.instances.size).toBe(count);
  });
});

describe("many", () => {
  test("10,000 instances are listed in a hundred pages", async () => {
    const { world, client } = await openCloudMap();
    const service = seedService(world, seedNamespace(world));
    for (let index = 0; index < 10_000; index++) seedInstance(world, service, `i-${index}`);
    const counts: number[] = [];
    for await (const { Instances = [] } of paginateListInstances({ client }, { ServiceId: service.id }))
      counts.push(Instances.length);
    expect(counts).toEqual(Array.from({ length: 100 }, () => 100));
  });

  test("calls that are under way together share their latency", async () => {
    const { world, client } = await openCloudMap({ latencyMs: 200 });
    const { id } = seedService(world, seedNamespace(world));
    const begun = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => client.send(new GetServiceCommand({ Id: id }))));
    const took = performance.now() - begun;
    expect(took).toBeGreaterThan(190);
    // One after the other they would take four seconds.
    expect(took).toBeLessThan(3_000);
  });
});

function post(url: string, target: string, body: string): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "x-amz-target": target }, body });
}
