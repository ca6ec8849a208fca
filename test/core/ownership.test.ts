import { describe, expect, test } from "vitest";
import { isTampered, ownershipOf } from "../../functions/core/instances.ts";
import type { Ownership } from "../../functions/core/instances.ts";
import { lines, plan } from "../support/scene.ts";
import { CLUSTER, instance, OWNER, pod, settings } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";

/** Whose an instance is: its owner says by which document, its cluster from where. */

const web1 = pod();
const OLD = "uid-old";
/** Through a kubeconfig the owner says nothing of the cluster. */
const KUBECONFIG = { identity: { cluster: CLUSTER, arn: undefined, mayBeEmpty: false } } as const;
const PART = { owner: `${OWNER}/team-a`, tagOwner: OWNER } as const;
const mesh = { "appmesh.k8s.aws/mesh": "shop" };

test.each<[string, Parameters<typeof instance>[0], Parameters<typeof settings>[0], Ownership]>([
  ["of this owner and this cluster", {}, KUBECONFIG, "ours"],
  ["of this owner and another cluster", { cluster: OLD }, KUBECONFIG, "other-cluster"],
  ["of one that is gone", { cluster: OLD }, { ...KUBECONFIG, previousClusters: [OLD] }, "ours"],
  ["of no cluster", { cluster: undefined }, KUBECONFIG, "unstamped"],
  ["of this ARN's older cluster, through EKS", { cluster: OLD }, {}, "ours"],
  ["of this ARN and no cluster, through EKS", { cluster: undefined }, {}, "ours"],
  ["of a part of this ARN, through EKS", { owner: PART.owner, cluster: OLD }, { ...PART, ...eks() }, "ours"],
  ["of another part", { owner: `${OWNER}/team-b` }, { ...PART, ...eks() }, "foreign"],
  ["of the whole, where the document is a part", {}, { ...PART, ...eks() }, "foreign"],
  [
    "of an older cluster, where the owner is no ARN, though through EKS",
    { owner: "mine", cluster: OLD },
    { owner: "mine", ...eks() },
    "other-cluster",
  ],
  ["of a previous owner here", { owner: "old" }, { previousOwners: ["old"] }, "previous"],
  ["of a previous owner elsewhere", { owner: "old", cluster: OLD }, { previousOwners: ["old"] }, "previous-elsewhere"],
  [
    "of a previous owner in a previous cluster",
    { owner: "old", cluster: OLD },
    { previousOwners: ["old"], previousClusters: [OLD] },
    "previous",
  ],
  [
    "of a previous owner and no cluster",
    { owner: "old", cluster: undefined },
    { previousOwners: ["old"] },
    "previous-elsewhere",
  ],
  [
    "of this cluster's ARN, which a document with an owner of its own has taken over, and no cluster",
    { cluster: undefined },
    { owner: "mine", previousOwners: [OWNER], ...eks() },
    "previous-elsewhere",
  ],
  ["of another owner", { owner: "other" }, {}, "foreign"],
  ["of App Mesh", { owner: undefined, attributes: mesh }, {}, "app-mesh"],
  ["of nobody", { owner: undefined }, {}, "foreign"],
])("an instance %s", (_, wanted, given, expected) => {
  expect(ownershipOf(instance(wanted), settings(given))).toBe(expected);
});

describe.each([",", "=", "\\", "Web-1", "-web", "web_1", "", "x".repeat(254)])("a pod name of %j", (name) => {
  const tampered = instance({ pod: name });

  test("makes an instance foreign, so that it is never changed", () => {
    expect(ownershipOf(tampered, settings())).toBe("foreign");
    expect(lines(plan({ instances: [tampered] }))).toEqual([]);
    expect(lines(plan({ pods: [web1], instances: [tampered] }))).toEqual(["register 10.0.0.1 held: foreign"]);
  });
});

test.each([undefined, "", "Shop", "a,b", "-shop", "x".repeat(64)])(
  "a Kubernetes namespace of %j makes an instance foreign, of a pod as of a Service",
  (namespace) => {
    const attributes = { "k8s.io/namespace": namespace };
    expect(ownershipOf(instance({ attributes }), settings())).toBe("foreign");
    const ofService = { ...attributes, "k8s.io/pod": undefined, "k8s.io/service": "web" };
    expect(ownershipOf(instance({ attributes: ofService }), settings())).toBe("foreign");
  },
);

test("what another owner's instance says of its pod is no tampering with ours", () => {
  expect(isTampered(instance({ pod: "a,b" }), settings())).toBe(true);
  expect(isTampered(instance({ pod: "a,b", owner: "other" }), settings())).toBe(false);
});

test("an instance with a tampered pod name is reported, asked for by no name, and stops nothing else", async () => {
  const { report, calls } = await pass({
    pods: [web1],
    instances: { web: [instance({ id: "10.0.0.7", pod: "a,b" }), instance({ id: "10.0.0.9", pod: "web-9" })] },
  });
  expect(report).toMatchObject({ ok: true, services: [{ foreign: 1, registered: 1 }] });
  expect(report.warnings).toEqual([
    expect.stringMatching(/^shop\.local\/web: instance 10\.0\.0\.7 .*no usable pod name/),
  ]);
  expect(writesOf(calls)).toEqual(["web: register 10.0.0.1", "web: deregister 10.0.0.9"]);
  expect(JSON.stringify(calls)).not.toContain('"a,b"');
});

describe("an instance of this owner that says of no cluster", () => {
  const unstamped = instance({ cluster: undefined });

  test.each<[string, Parameters<typeof plan>[0], string[]]>([
    ["is stamped where its pod lives here", { pods: [web1] }, ["register 10.0.0.1 drifted"]],
    ["is left alone where its pod does not", {}, []],
    [
      "goes where its pod lives here and nobody claims the service",
      { mappings: [], others: [web1], subject: { isRetired: true } },
      ["deregister 10.0.0.1 unmapped"],
    ],
  ])("%s", (_, wanted, expected) => {
    expect(lines(plan({ ...wanted, instances: [unstamped], settings: KUBECONFIG }))).toEqual(expected);
  });

  test("is ours where the owner is the ARN of the cluster that EKS was asked for", () => {
    expect(lines(plan({ instances: [unstamped] }))).toEqual(["deregister 10.0.0.1 pod-gone"]);
  });
});

test("a cluster that was rebuilt under its name keeps what lives, re-stamped, and removes what is gone", () => {
  const instances = [instance({ cluster: OLD }), instance({ id: "10.0.0.9", pod: "web-9", cluster: OLD })];
  const planned = plan({ pods: [web1], instances });
  expect(lines(planned)).toEqual(["register 10.0.0.1 drifted", "deregister 10.0.0.9 pod-gone"]);
  expect(planned.changes[0]).toMatchObject({ keys: ["eks-cloudmap-sync/cluster"] });
});

describe("keys under `eks-cloudmap-sync/` that this version does not know", () => {
  const newer = { "eks-cloudmap-sync/generation": "7" };

  test("are no drift", () => {
    expect(lines(plan({ pods: [web1], instances: [instance({ attributes: newer })] }))).toEqual([]);
  });

  test("are carried over where something else is written", () => {
    const drifted = instance({ attributes: { ...newer, app: "old" } });
    expect(plan({ pods: [web1], instances: [drifted] }).changes).toMatchObject([{ keys: ["app"], attributes: newer }]);
  });

  test("are not taken from a pod's labels", () => {
    const labelled = pod({ labels: { app: "web", "eks-cloudmap-sync/generation": "8" } });
    const [change] = plan({ pods: [labelled] }).changes;
    expect(change).not.toHaveProperty(["attributes", "eks-cloudmap-sync/generation"]);
  });
});

function eks() {
  return { identity: { cluster: CLUSTER, arn: OWNER, mayBeEmpty: false } } as const;
}
