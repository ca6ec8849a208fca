import { expect, test } from "vitest";
import { projectNode } from "../../functions/kubernetes/nodes.ts";
import { projectPod } from "../../functions/kubernetes/pods.ts";
import { nodeObject, podObject } from "../emulators/kubernetes/workloads.ts";

test.each([
  ["ready", {}, "ready"],
  ["not ready", { ready: false }, "not-ready"],
  ["terminating", { deleting: true }, "gone"],
  ["finished, with an address that may be another's by now", { phase: "Succeeded" as const }, "gone"],
  ["failed", { phase: "Failed" as const }, "gone"],
  ["without an address", { ip: null, phase: "Pending" as const }, "gone"],
  ["unready by App Mesh's orphaned gate alone", gated("False", "True"), "ready"],
  [
    "unready by another gate too",
    { ...gated("False", "True"), readinessGates: [orphanedGate(), "example.com/other"] },
    "not-ready",
  ],
  ["unready by its containers", gated("False", "False"), "not-ready"],
])("a pod that is %s", (_, shape, state) => {
  expect(projectPod(podObject({ name: "web", ...shape })).state).toBe(state);
});

test.each([
  ["is ready", {}, "here"],
  ["is not ready", { ready: false }, "leaving"],
  ["is out of reach", { ready: "Unknown" as const }, "leaving"],
  ["is only cordoned", tainted("node.kubernetes.io/unschedulable"), "here"],
  ["may be deleted some day", tainted("DeletionCandidateOfClusterAutoscaler"), "here"],
  ["is out of service", tainted("node.kubernetes.io/out-of-service"), "leaving"],
  ["is disrupted by Karpenter", tainted("karpenter.sh/disrupted"), "leaving"],
  ["is scaled down", tainted("ToBeDeletedByClusterAutoscaler"), "leaving"],
  ["is a Spot instance about to go", tainted("aws-node-termination-handler/spot-itn"), "leaving"],
])("a node that %s", (_, shape, state) => {
  expect(projectNode(nodeObject(shape))).toMatchObject({
    state,
    region: "us-west-2",
    zone: "us-west-2a",
    instanceId: expect.stringMatching(/^i-0/),
  });
});

function gated(ready: "True" | "False", containers: "True" | "False") {
  const conditions = [
    { type: "Ready", status: ready },
    { type: "ContainersReady", status: containers },
  ];
  return { readinessGates: [orphanedGate()], conditions };
}

function orphanedGate(): string {
  return "conditions.appmesh.k8s.aws/aws-cloudmap-healthy";
}

function tainted(key: string) {
  return { taints: [{ key, effect: "NoSchedule" }] };
}
