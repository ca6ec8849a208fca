import { describe, expect, test } from "vitest";
import type { Node } from "../../functions/core/model.ts";
import { viewNodes } from "../../functions/core/nodes.ts";
import type { NodesRead } from "../../functions/core/ports.ts";
import { node, nodes, pod } from "../support/builders.ts";

/** What nodes say of the pods on them. */

const unheard = { ...pod(), state: "not-ready", containersReady: true } as const;
const named = (count: number, silent: number): readonly Node[] =>
  Array.from({ length: count }, (_, index) => node({ name: `node-${index + 1}`, isSilent: index < silent }));

describe("a pod on a silent node", () => {
  test("leaves while most nodes are heard", () => {
    const view = viewNodes(nodes(...named(3, 1)));
    expect([view.isReady(unheard), view.isLeaving(unheard)]).toEqual([false, true]);
  });

  test("stays as it was where most are silent: it is the control plane that is cut off", () => {
    const view = viewNodes(nodes(...named(3, 2)));
    expect([view.isReady(unheard), view.isLeaving(unheard)]).toEqual([true, false]);
    expect(view.isReady({ ...unheard, containersReady: false })).toBe(false);
    expect(view.isReady({ ...unheard, state: "gone" })).toBe(false);
    expect(view.isReady({ ...unheard, node: "node-3" })).toBe(false);
    expect(view.isReady({ ...unheard, node: "node-9" })).toBe(false);
  });
});

test("whether a pod's machine is there is in doubt where EC2 did not answer, for a node that is a machine of EC2's", () => {
  const machine = node({ instanceId: "i-0123456789abcdef0" });
  const read = nodes(machine, node({ name: "node-2" }));
  expect(viewNodes(read).isUncertain(pod())).toBe(false);
  const view = viewNodes({ ...read, areMachinesUnknown: true } as NodesRead);
  expect(view.isUncertain(pod())).toBe(true);
  expect(view.isUncertain(pod({ node: "node-2" }))).toBe(false);
  expect(view.isUncertain(pod({ node: "node-9" }))).toBe(false);
  expect(view.isUncertain(pod({ node: undefined }))).toBe(false);
});

test("a pod is on its way back once its node is here again, not while that leaves or is unknown", () => {
  expect(viewNodes(nodes(node())).isReturning(unheard)).toBe(true);
  expect(viewNodes(nodes(node({ state: "leaving" }))).isReturning(unheard)).toBe(false);
  expect(viewNodes(nodes()).isReturning(unheard)).toBe(false);
});

test.each<[string, NodesRead, RegExp]>([
  [
    "are not read",
    { state: "off" },
    /^it is to have its node's address, and nodes are not read; set `nodes\.zones: true`/,
  ],
  ["may not be read", { state: "unreadable", warning: "forbidden" }, /could not be read; grant `list` on nodes/],
  ["do not hold it yet", nodes(), /^its node node-1 is not among the cluster's nodes yet/],
])("a node's addresses are unknown where nodes %s, which says what to do", (_, read, problem) => {
  const view = viewNodes(read);
  expect(view.addressesOf(pod())).toEqual({ problem: expect.stringMatching(problem) });
  expect(view.areUnknown).toBe(false);
});

test("a list of nodes that failed leaves unknown whether the control plane is cut off", () => {
  expect(viewNodes({ state: "unreadable", warning: "timeout", isFailure: true }).areUnknown).toBe(true);
});
