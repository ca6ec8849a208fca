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

const envoy = (value: string) => ({ name: "envoy", env: [{ name: "APPMESH_VIRTUAL_NODE_NAME", value }] });
const ANNOTATIONS = { "appmesh.k8s.aws/mesh": "blue", "appmesh.k8s.aws/virtualNode": "web-shop" };

test.each<[string, object, object, object]>([
  ["nowhere", {}, {}, { mesh: undefined, virtualNode: undefined }],
  ["in annotations", ANNOTATIONS, {}, { mesh: "blue", virtualNode: "web-shop" }],
  [
    "in Envoy's variable, before annotations",
    ANNOTATIONS,
    envoy("mesh/red/virtualNode/api-shop"),
    { mesh: "red", virtualNode: "api-shop" },
  ],
  [
    "in annotations, where the variable is malformed",
    ANNOTATIONS,
    envoy("api-shop"),
    { mesh: "blue", virtualNode: "web-shop" },
  ],
  [
    "in annotations, which are cut",
    { "appmesh.k8s.aws/virtualNode": "x".repeat(10_000) },
    {},
    { virtualNode: "x".repeat(512) },
  ],
])("a pod's mesh and VirtualNode stand %s", (_, annotations, container, expected) => {
  const object = podObject({ name: "web" });
  const pod = {
    ...object,
    metadata: { ...object.metadata, annotations },
    spec: { containers: [{ name: "app" }, container] },
  };
  expect(projectPod(pod)).toMatchObject(expected);
});

test("a pod has a name of its own in DNS only below a Service", () => {
  const object = podObject({ name: "web" });
  const hostOf = (spec: object) => projectPod({ ...object, spec: { containers: [], ...spec } }).host;
  expect(hostOf({ hostname: "web-0", subdomain: "web" })).toEqual({ name: "web-0", subdomain: "web" });
  expect(hostOf({ hostname: "web-0" })).toBeUndefined();
});

test("a port says over which protocol it is", () => {
  const object = podObject({ name: "web" });
  const ports = [{ containerPort: 53, protocol: "UDP" }, { containerPort: 80 }];
  expect(projectPod({ ...object, spec: { containers: [{ name: "app", ports }] } }).ports).toEqual([
    { name: undefined, number: 53, protocol: "UDP" },
    { name: undefined, number: 80, protocol: "TCP" },
  ]);
});

test("a port says where its own node forwards to it", () => {
  const pod = podObject({ name: "web", ports: [{ containerPort: 8080, name: "http", hostPort: 30_000 }] });
  expect(projectPod(pod).ports).toEqual([{ name: "http", number: 8080, protocol: "TCP", hostPort: 30_000 }]);
});

test("a node has the addresses that pods and nodes reach it at, in their order", () => {
  const node = nodeObject({ ips: ["192.168.34.246", "fd00::1"] });
  expect(projectNode(node).addresses).toEqual(["192.168.34.246", "fd00::1"]);
  expect(projectNode({ metadata: { name: "young" } }).addresses).toEqual([]);
});

test.each([
  ["is ready", {}, "here"],
  ["is not ready", { ready: false }, "leaving"],
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

test("a node whose kubelet has stopped to report is silent, and no more than that", () => {
  expect(projectNode(nodeObject({ ready: "Unknown" }))).toMatchObject({ state: "here", isSilent: true });
  expect(projectNode(nodeObject({ ready: false }))).toMatchObject({ state: "leaving", isSilent: false });
});

test.each([
  ["True", true],
  ["False", false],
] as const)("the containers of a pod whose readiness gate is %s are ready: %s", (gate, expected) => {
  const readinessGates = ["example.com/in-rotation"];
  const conditions = [
    { type: "Ready", status: "False" },
    { type: "ContainersReady", status: "True" },
    { type: "example.com/in-rotation", status: gate },
  ] as const;
  const shape = { name: "web", readinessGates, conditions };
  expect(projectPod(podObject(shape))).toMatchObject({ state: "not-ready", containersReady: expected });
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
