import { expect, test } from "vitest";
import { nodeObject } from "../emulators/kubernetes/workloads.ts";
import type { Deployment } from "../support/deployment.ts";
import { batchOf } from "../support/event-source.ts";
import { callsOf, openShop, putPod, registered, SCHEDULED, SHOP } from "./shop.ts";

const MACHINE = "i-0123456789abcdef0";
const ALL = ["api 10.0.1.1", "web 10.0.0.1", "web 10.0.0.2", "web 10.0.0.3"];
const LEFT = ALL.slice(0, 3);

test("an event of EC2 withdraws the pods of a machine that leaves, and later passes agree", async () => {
  const shop = await openNodes();
  const [schedule, events] = await Promise.all([shop.start("scheduled-reconcile"), shop.start("event-reconcile")]);
  for (const state of ["shutting-down", "terminated", "stopping", "stopped"] as const) {
    shop.ec2.instances.set(MACHINE, "running");
    await schedule.invoke(SCHEDULED);
    expect(registered(shop)).toEqual(ALL);
    shop.ec2.instances.set(MACHINE, state);
    await events.invoke(batchOf([{ id: "m", body: stateChange(state) }]));
    expect(registered(shop)).toEqual(LEFT);
    shop.calls.length = 0;
    for (let pass = 0; pass < 2; pass++) await schedule.invoke(SCHEDULED);
    expect(registered(shop)).toEqual(LEFT);
    expect(callsOf(shop).filter((call) => /RegisterInstance|DeregisterInstance/.test(call))).toEqual([]);
  }
});

test("the event is a hint: what EC2 says itself decides", async () => {
  const shop = await openNodes();
  const events = await shop.start("event-reconcile");
  await events.invoke(batchOf([{ id: "m", body: stateChange("terminated") }]));
  expect(registered(shop)).toEqual(ALL);
});

test("asks for the machines that leave alone, however many run, page by page", async () => {
  const shop = await openNodes();
  for (let n = 0; n < 50; n++) shop.ec2.instances.set(`i-running${n}`, "running");
  for (let n = 0; n < 7; n++) shop.ec2.instances.set(`i-0000${n}`, "terminated");
  shop.ec2.instances.set(MACHINE, "stopping");
  shop.ec2.maxPageSize = 3;
  await (await shop.start("scheduled-reconcile")).invoke(SCHEDULED);
  expect(registered(shop)).toEqual(LEFT);
  expect(callsOf(shop).filter((call) => call === "ec2 DescribeInstanceStatus")).toHaveLength(3);
});

test("machines of EKS Auto Mode are asked for where the account hides managed resources", async () => {
  const shop = await openNodes();
  shop.ec2.hidden.add(MACHINE);
  shop.ec2.instances.set(MACHINE, "terminated");
  await (await shop.start("scheduled-reconcile")).invoke(SCHEDULED);
  expect(registered(shop)).toEqual(LEFT);
});

test("where EC2 cannot be asked, the nodes stay as Kubernetes tells them, with a warning that says what to grant", async () => {
  const shop = await openNodes();
  shop.ec2.instances.set(MACHINE, "terminated");
  shop.ec2.failure = { status: 403, code: "UnauthorizedOperation", message: "You are not authorized" };
  const { answer, logs } = await (await shop.start("scheduled-reconcile")).invoke(SCHEDULED);
  expect(answer).toMatchObject({ ok: true, warnings: [expect.stringContaining("grant ec2:DescribeInstanceStatus")] });
  expect(logs.filter(({ level }) => level === "WARN")).toHaveLength(1);
  expect(registered(shop)).toEqual(ALL);
});

test("EC2 is not asked where the configuration does not say so", async () => {
  const shop = await openNodes({ zones: true, ec2: false });
  shop.ec2.instances.set(MACHINE, "terminated");
  await (await shop.start("scheduled-reconcile")).invoke(SCHEDULED);
  expect(registered(shop)).toEqual(ALL);
  expect(callsOf(shop)).not.toContain("ec2 DescribeInstanceStatus");
});

test("machines are found without zones too, and no instance gets one", async () => {
  const shop = await openNodes({ zones: false, ec2: true });
  shop.ec2.instances.set(MACHINE, "terminated");
  await (await shop.start("scheduled-reconcile")).invoke(SCHEDULED);
  expect(registered(shop)).toEqual(LEFT);
  const attributes = [...shop.cloudMap.services.values()].flatMap(({ instances }) =>
    [...instances.values()].flatMap((instance) => Object.keys(instance.attributes)),
  );
  expect(attributes).not.toContain("AVAILABILITY_ZONE");
});

test("a person may name the node by its name or by its machine", async () => {
  const shop = await openNodes();
  const lambda = await shop.start("manual-resync");
  for (const node of ["node-b", MACHINE])
    expect((await lambda.invoke({ scope: { node } })).answer).toMatchObject({ ok: true });
  expect((await lambda.invoke({ scope: { node: "node-c" } })).error?.message).toContain("has no such node");
});

/** `web-3` runs on a machine of its own. */
async function openNodes(nodes: object = { zones: true, ec2: true }): Promise<Deployment> {
  const shop = await openShop({ configuration: { ...SHOP, nodes } });
  shop.kubernetes.put(nodeObject({}));
  shop.kubernetes.put(nodeObject({ name: "node-b", providerID: `aws:///us-west-2b/${MACHINE}` }));
  shop.ec2.instances.set(MACHINE, "running");
  putPod(shop, "web-3", "10.0.0.3", { node: "node-b" });
  return shop;
}

function stateChange(state: string): string {
  const event = { source: "aws.ec2", "detail-type": "EC2 Instance State-change Notification" };
  return JSON.stringify({ ...event, detail: { "instance-id": MACHINE, state } });
}
