import { globSync } from "node:fs";
import { basename } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { exercisedRights } from "../../infra/exercised.ts";
import type { FunctionName } from "../../infra/permissions.ts";
import type { CloudMapSyncProps } from "../../infra/props.ts";
import { seedService } from "../emulators/cloudmap/seed.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import { nodeObject, podObject } from "../emulators/kubernetes/workloads.ts";
import { openDeployment } from "../support/deployment.ts";
import type { Deployment } from "../support/deployment.ts";
import { batchOf } from "../support/event-source.ts";
import type { Lambda } from "../support/lambda.ts";
import { iamRequestsOf } from "./iam-requests.ts";
import type { CallWorld, RecordedCall } from "./iam-requests.ts";
import { isAllowed, policyOf } from "./policies.ts";
import type { Policy } from "./policies.ts";
import { ACCOUNT, NARROW, OWNER, REGION, synth } from "./stack.ts";

/** Everything that makes a function call more of AWS than it does by default. */
const CONFIGURATION = {
  sources: { virtualNodes: false },
  mappings: [{ service: "web", pods: { namespace: "shop" } }],
  deleteServices: true,
  services: { customHealth: true },
  nodes: { ec2: true },
};

const EC2_EVENT = JSON.stringify({
  source: "aws.ec2",
  "detail-type": "EC2 Instance State-change Notification",
  detail: { "instance-id": "i-0123456789abcdef0", state: "terminated" },
});

/** What starts a pass in each function; those that do none have their own test below. A function without a row fails the first test. */
const STARTS: Partial<Record<FunctionName, object>> = {
  "scheduled-reconcile": { time: "2026-11-24T14:10:00Z" },
  "event-reconcile": batchOf([{ id: "m", body: EC2_EVENT }]),
  "manual-resync": {},
};

test("the calls of every bundle are recorded", () => {
  const bundles = globSync("functions/*.ts").map((path) => basename(path, ".ts"));
  expect(bundles.sort()).toEqual([...Object.keys(STARTS), "audit-log"].sort());
});

const cases = Object.keys(STARTS).map((name) => ({ name: name as FunctionName, by: "id" as "id" | "name" }));

test.each([...cases, { name: "scheduled-reconcile", by: "name" } as const])(
  "$name makes no call that its policy denies, and its policy allows none that it does not make: namespaces by $by",
  async ({ name, by }) => {
    const { deployment, policy } = await deploy(name, by);
    const world = worldOf(deployment.cloudMap);
    const lambda = await deployment.start(name);
    await passThroughEverything(deployment, lambda, STARTS[name] ?? {}, world.remember);
    expect(await refused(policy, deployment.calls, world)).toEqual([]);
    expect(unused(policy, deployment.calls, world, name)).toEqual([]);
  },
);

test("audit-log makes no call that its policy denies, and its policy allows none that it does not make", async () => {
  const { deployment, policy } = await deploy("audit-log", "id");
  const world = worldOf(deployment.cloudMap);
  const lambda = await deployment.start("audit-log");
  const { default: event } = await import("../../events/audit-log-pod-ready.json", { with: { type: "json" } });
  expect((await lambda.invoke(event)).error).toBeUndefined();
  expect(await refused(policy, deployment.calls, world)).toEqual([]);
  expect(unused(policy, deployment.calls, world, "audit-log")).toEqual([]);
});

/** A service to create, instances to register, to mark and to remove, a service to delete, and a pass without time. */
async function passThroughEverything(
  { cloudMap, kubernetes, namespace }: Deployment,
  lambda: Lambda,
  event: object,
  remember: () => void,
): Promise<void> {
  const put = (name: string, ip: string, ready = true) =>
    kubernetes.put(podObject({ namespace: "shop", name, ip, ready }));
  kubernetes.put(nodeObject({ providerID: "aws:///eu-west-1a/i-0123456789abcdef0" }));
  seedService(cloudMap, namespace, { name: "old", tags: { "eks-cloudmap-sync/owner": OWNER } });
  // So that the first confirming read comes too early, and operations are asked for.
  cloudMap.options.operationDelayMs = 200;
  const pass = async (remainingMs?: number) => {
    remember();
    const { error } = await lambda.invoke(event, remainingMs === undefined ? {} : { remainingMs });
    expect(error).toBeUndefined();
    remember();
  };
  for (const [name, ip] of [
    ["web-1", "10.0.0.1"],
    ["web-2", "10.0.0.2"],
    ["web-3", "10.0.0.3"],
  ] as const)
    put(name, ip);
  await pass();
  put("web-1", "10.0.0.1", false);
  kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-2" });
  await pass();
  put("web-4", "10.0.0.4");
  await pass(1);
}

/** A stack and what its functions meet, called alike: its parameter, its queue and its namespace. */
async function deploy(name: FunctionName, by: "id" | "name") {
  const ids = synth(NARROW);
  const [queue = ""] = Object.keys(ids.findResources("AWS::SQS::Queue", { Properties: { RedrivePolicy: {} } }));
  const [parameter = ""] = Object.keys(ids.findResources("AWS::SSM::Parameter"));
  const deployment = await openDeployment({ region: REGION, queue, parameter });
  onTestFinished(() => deployment.close());
  const { id, name: called } = deployment.namespace;
  const configuration = { ...CONFIGURATION, namespaces: [by === "id" ? id : called] };
  deployment.configure(configuration);
  const narrow = { namespaces: [{ id, type: "DNS_PRIVATE", hostedZoneId: "Z0SHOP" }], services: "tagged" } as const;
  const props: CloudMapSyncProps = {
    cluster: "prod",
    configuration,
    auditLog: true,
    ...(by === "id" ? narrow : {}),
  };
  return { deployment, policy: policyOf(synth(props), name) };
}

/** What ids stand for, from the emulator's own state; `remember` keeps what is deleted later. */
function worldOf(cloudMap: CloudMapWorld): CallWorld & { readonly remember: () => void } {
  const tags = new Map<string, Readonly<Record<string, string>>>();
  return {
    remember: () => {
      for (const { id, arn } of cloudMap.services.values())
        tags.set(id, Object.fromEntries((cloudMap.tags.get(arn) ?? []).map(({ Key, Value }) => [Key, Value])));
    },
    operationNamespace: (id) => {
      const effect = cloudMap.operations.get(id)?.effect;
      if (effect === undefined || !("service" in effect)) throw new Error(`no operation ${id} on a service`);
      return effect.service.namespaceId;
    },
    serviceTags: (id) => tags.get(id) ?? {},
  };
}

/** The actions that the policy does not allow as the calls need them. */
async function refused(policy: Policy, calls: readonly RecordedCall[], world: CallWorld): Promise<readonly string[]> {
  const requests = calls.flatMap((call) => iamRequestsOf(call, world));
  const distinct = [...new Map(requests.map((request) => [JSON.stringify(request), request])).values()];
  const answers = await Promise.all(distinct.map((request) => isAllowed(policy, request)));
  return distinct.filter((_, index) => !answers[index]).map(({ action, resource }) => `${action} on ${resource}`);
}

/** Actions that the policy allows although no call uses them, and that are not on the named list either. */
function unused(
  policy: Policy,
  calls: readonly RecordedCall[],
  world: CallWorld,
  name: FunctionName,
): readonly string[] {
  const used = new Set(calls.flatMap((call) => iamRequestsOf(call, world)).map(({ action }) => action));
  const named = namedSids(name);
  return policy.Statement.filter(({ Sid }) => !named.has(Sid))
    .flatMap(({ Action }) => Action)
    .filter((action) => !used.has(action));
}

/** The statements of the named list, at its longest. */
function namedSids(name: FunctionName): ReadonlySet<string> {
  const text = "arn:aws:x";
  const reach = {
    partition: "aws",
    region: REGION,
    account: ACCOUNT,
    cluster: "prod",
    owner: OWNER,
    parameterArn: text,
    queueArn: text,
    namespaces: [{ kind: "unresolved" }],
    named: { byName: true, byId: true },
    services: "any",
    createServices: true,
    deleteServices: true,
    ec2: true,
    keyArn: text,
  } as const;
  const rights = exercisedRights(name, reach, { logGroupArn: text, failuresArn: text, vpc: true });
  return new Set(rights.map(({ sid }) => sid));
}
