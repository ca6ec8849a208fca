import { expect, test } from "vitest";
import { claim, claims, instance, namespace, node, nodes, pod } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";

/** What one look at a service takes from what was read. */

const MISSING =
  /^service shop\.local\/missing does not exist and `createServices` is off; create it, or switch that on$/;

test("a missing service that may not be created is told to who claims it, with what to do", async () => {
  const origin = { source: "services", rank: 1, name: "Service shop/missing" };
  const sources = [claims(claim({ service: "missing", from: "shop", origin }))];
  const { report } = await pass({ pods: [pod()], sources, settings: { createServices: false } });
  expect(report.claims).toMatchObject([
    { reason: "no-service", service: "missing", problem: expect.stringMatching(MISSING) },
  ]);
});

test("where the document claims it too, that it is missing is a failure", async () => {
  const origin = { source: "services", rank: 1, name: "Service shop/missing" };
  const sources = [claims(claim({ service: "missing" }), claim({ service: "missing", from: "shop", origin }))];
  const { report } = await pass({ pods: [pod()], sources, settings: { createServices: false } });
  expect(report).toMatchObject({ ok: false, services: [{ error: expect.stringMatching(MISSING) }] });
});

test.each([
  ["HTTP", []],
  ["DNS_PRIVATE", ["A"]],
] as const)("a service that is to be created in a namespace of type %s has the records %j", async (type, records) => {
  const namespaces = [{ asked: "shop.local", read: { value: { namespace: namespace({ type }), services: [] } } }];
  const { report } = await pass({ pods: [pod()], request: { dryRun: true }, hooks: { namespaces } });
  expect(report.services).toMatchObject([{ creates: { records } }]);
});

test("while EC2 does not say which machines are gone, no unready pod leaves a service that has pods of machines", async () => {
  const given = {
    pods: [pod({ ready: false }), pod({ name: "web-2", ip: "10.0.0.2", node: "node-2" })],
    instances: { web: [instance(), instance({ id: "10.0.0.2", pod: "web-2" })] },
  };
  const heldWhere = async (instanceId: string | undefined) => {
    const read = nodes(node(), node({ name: "node-2", instanceId }));
    const unknown = read.state === "read" ? { ...read, areMachinesUnknown: true } : read;
    const { report } = await pass({ ...given, hooks: { nodes: unknown } });
    return report.services[0]?.held.filter(({ kind }) => kind === "deregister").map(({ remedy }) => remedy);
  };
  expect(await heldWhere("i-0123456789abcdef0")).toEqual([
    "EC2 did not say which machines are gone; the next pass asks again",
  ]);
  expect(await heldWhere(undefined)).toEqual([]);
});
