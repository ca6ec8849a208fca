import { globSync } from "node:fs";
import { basename } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { FunctionName } from "../../infra/functions.ts";
import type { CloudMapSyncProps } from "../../infra/props.ts";
import { seedService } from "../emulators/cloudmap/seed.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import { nodeObject, podObject } from "../emulators/kubernetes/workloads.ts";
import { openDeployment } from "../support/deployment.ts";
import type { Deployment } from "../support/deployment.ts";
import { batchOf } from "../support/event-source.ts";
import type { Lambda } from "../support/lambda.ts";
import type { CallWorld } from "./iam-requests.ts";
import { refusedRequests, unusedActions } from "./judge.ts";
import { policyOf } from "./policies.ts";
import type { Policy } from "./policies.ts";
import { NARROW, OWNER, REGION, synth } from "./stack.ts";

/** Everything that makes a function call more of AWS than it does by default. */
const CONFIGURATION = {
  sources: { virtualNodes: false },
  mappings: [{ service: "web", pods: { namespace: "shop", selector: "app=web" } }],
  deleteServices: true,
  services: { customHealth: true },
  nodes: { ec2: true },
};

const EC2_EVENT = JSON.stringify({
  source: "aws.ec2",
  "detail-type": "EC2 Instance State-change Notification",
  detail: { "instance-id": "i-0123456789abcdef0", state: "terminated" },
});

const WAIT = { timeout: 20_000 };
const NOTHING = { denied: [], unused: [] };

type Deployed = {
  readonly deployment: Deployment;
  readonly policy: Policy;
  readonly world: CallWorld & { readonly remember: () => void };
};

/** What starts one pass in each function. The others, which make none or many, have tests of their own; the first test knows all. */
const STARTS: Partial<Record<FunctionName, object>> = {
  "scheduled-reconcile": { time: "2026-11-24T14:10:00Z" },
  "event-reconcile": batchOf([{ id: "m", body: EC2_EVENT }]),
  "manual-resync": {},
};

test("the calls of every bundle are recorded", () => {
  const bundles = globSync("functions/*.ts").map((path) => basename(path, ".ts"));
  expect(bundles.toSorted()).toEqual([...Object.keys(STARTS), "audit-log", "watch"].toSorted());
});

/** By its id: the narrow deployment. By its name alone: the default one. */
const cases = Object.keys(STARTS).flatMap((name) =>
  (["id", "name"] as const).map((by) => ({ name: name as FunctionName, by })),
);

test.each(cases)(
  "$name makes no call that its policy denies, and its policy allows none that it does not make: namespaces by $by",
  async ({ name, by }) => {
    const deployed = await deploy(name, by);
    const lambda = await deployed.deployment.start(name);
    await passThroughEverything(deployed, lambda, STARTS[name] ?? {});
    expect(await judge(name, deployed)).toEqual(NOTHING);
  },
);

test("audit-log makes no call that its policy denies, and its policy allows none that it does not make", async () => {
  const deployed = await deploy("audit-log", "id");
  const lambda = await deployed.deployment.start("audit-log");
  const { default: event } = await import("../../events/audit-log-pod-ready.json", { with: { type: "json" } });
  expect((await lambda.invoke(event)).error).toBeUndefined();
  expect(await judge("audit-log", deployed)).toEqual(NOTHING);
});

test("watch makes no call that its policy denies, and its policy allows none that it does not make", async () => {
  const deployed = await deploy("watch", "id");
  const lambda = await deployed.deployment.start("watch");
  await followEverything(deployed, lambda);
  expect(await judge("watch", deployed)).toEqual(NOTHING);
});

/** A service to create, instances to register, to mark and to remove, a service to delete, and an operation that stands in the way. */
async function passThroughEverything(
  { deployment, world: { remember } }: Deployed,
  lambda: Lambda,
  event: object,
): Promise<void> {
  const { cloudMap, kubernetes, namespace } = deployment;
  const put = (name: string, ip: string, ready = true) => putPod(deployment, name, ip, { ready });
  seedService(cloudMap, namespace, { name: "old", tags: { "eks-cloudmap-sync/owner": OWNER } });
  const pass = async () => {
    remember();
    const { error } = await lambda.invoke(event);
    expect(error).toBeUndefined();
    remember();
  };
  /** A pass whose writes hang: it waits for them in vain, for a time that passes quickly. */
  const passInVain = async (writes: number) => {
    const passing = pass();
    await expect.poll(() => countCalls(deployment, "RegisterInstance"), WAIT).toBe(writes);
    await deployment.hurry(passing);
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
  cloudMap.options.failOperation = () => "hang";
  const written = countCalls(deployment, "RegisterInstance");
  put("web-4", "10.0.0.4");
  await passInVain(written + 1);
  putPod(deployment, "web-4", "10.0.0.4", { version: "2" });
  await passInVain(written + 2);
}

/** The same changes while it follows. What it fails at it tries again by itself. */
async function followEverything({ deployment, world }: Deployed, lambda: Lambda): Promise<void> {
  const { cloudMap, kubernetes, calls } = deployment;
  // Longer than it waits before it asks for operations.
  cloudMap.options.operationDelayMs = 600;
  const called = async (operation: string) => {
    await expect.poll(() => calls.map((call) => call.operation), WAIT).toContain(operation);
  };
  // As the second of two that overlap would be, once the first has ended.
  const event = { time: new Date(Date.now() - 80_000).toISOString() };
  const following = lambda.invoke(event, { remainingMs: 40_000 });
  await expect.poll(() => kubernetes.log.some(({ query }) => query["watch"] === "true"), WAIT).toBe(true);
  putPod(deployment, "web-1", "10.0.0.1");
  putPod(deployment, "web-2", "10.0.0.2");
  await called("GetOperation");
  cloudMap.options.operationDelayMs = 0;
  world.remember();
  putPod(deployment, "web-1", "10.0.0.1", { ready: false });
  await called("UpdateInstanceCustomHealthStatus");
  kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-2" });
  await called("DeregisterInstance");
  expect((await deployment.hurry(following)).error).toBeUndefined();
}

function countCalls({ calls }: Deployment, operation: string): number {
  return calls.filter((call) => call.operation === operation).length;
}

function putPod(
  { kubernetes }: Deployment,
  name: string,
  ip: string,
  { ready = true, app = "web", version = "1" } = {},
): void {
  kubernetes.put(podObject({ namespace: "shop", name, ip, ready, labels: { app, version } }));
}

/** A stack and what its functions meet, called alike: its parameter, its queue and its namespace. */
async function deploy(name: FunctionName, by: "id" | "name"): Promise<Deployed> {
  const ids = synth(NARROW);
  const [queue = ""] = Object.keys(ids.findResources("AWS::SQS::Queue", { Properties: { RedrivePolicy: {} } }));
  const [parameter = "", turn = ""] = Object.keys(ids.findResources("AWS::SSM::Parameter"));
  const deployment = await openDeployment({ region: REGION, queue, parameter, turn });
  onTestFinished(() => deployment.close());
  const { id, name: called } = deployment.namespace;
  const configuration = { ...CONFIGURATION, namespaces: [by === "id" ? id : called] };
  deployment.configure(configuration);
  const narrow = { namespaces: [{ id, type: "DNS_PRIVATE", hostedZoneId: "Z0SHOP" }], services: "tagged" } as const;
  const props: CloudMapSyncProps = {
    cluster: "prod",
    configuration,
    auditLog: true,
    watch: true,
    ...(by === "id" ? narrow : {}),
  };
  deployment.kubernetes.put(nodeObject({ providerID: "aws:///eu-west-1a/i-0123456789abcdef0" }));
  return { deployment, policy: policyOf(synth(props), name), world: worldOf(deployment.cloudMap) };
}

/** What ids stand for, from the emulator's own state; `remember` keeps what is deleted later. */
function worldOf(cloudMap: CloudMapWorld): Deployed["world"] {
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

/** What is denied of the calls that were made, and what is allowed that none of them needs. */
async function judge(name: FunctionName, { deployment, policy, world }: Deployed) {
  const refused = await refusedRequests(policy, deployment.calls, world);
  return {
    denied: refused.map(({ action, resource }) => `${action} on ${resource}`),
    unused: unusedActions(policy, deployment.calls, world, name),
  };
}
