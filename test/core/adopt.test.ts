import { describe, expect, test } from "vitest";
import { CLUSTER_KEY, OWNER_KEY } from "../../functions/core/attributes.ts";
import { lines, plan } from "../support/scene.ts";
import { CLUSTER, instance, mapping, OWNER, pod } from "../support/builders.ts";

const MESH = { "appmesh.k8s.aws/mesh": "shop", "appmesh.k8s.aws/virtualNode": "web_shop" };
const mappings = [mapping({ coreAttributes: MESH })];
const left = instance({ owner: undefined, attributes: MESH });
const live = { adopt: { appMesh: "live", externalDns: "off" } } as const;
const exclusive = { adopt: { appMesh: "exclusive", externalDns: "off" } } as const;
const HELD = ["register 10.0.0.1 held: foreign"];
const ADOPTED = ["register 10.0.0.1 adopted"];
const reused = pod({ name: "web-9" });

test.each<[string, Parameters<typeof plan>[0], string[], string[], string[]]>([
  ["of a pod that lives here at that address", { pods: [pod()] }, HELD, ADOPTED, ADOPTED],
  ["of a pod that is gone", {}, [], [], ["deregister 10.0.0.1 pod-gone"]],
  ["of a pod that lives on, but that no mapping chooses", { others: [pod()] }, [], [], []],
  [
    "of a pod that returned at another address",
    { pods: [pod({ ip: "10.0.0.2" })] },
    ["register 10.0.0.2 missing"],
    ["register 10.0.0.2 missing"],
    ["deregister 10.0.0.1 pod-gone", "register 10.0.0.2 missing"],
  ],
  ["of a pod that is gone, whose address is another's now", { pods: [reused] }, HELD, HELD, ADOPTED],
  ["of a pod that is not ready, the last one", { pods: [pod({ ready: false })] }, [], ADOPTED, ADOPTED],
  [
    "of a pod that is not ready while another is",
    { pods: [pod({ ready: false }), pod({ name: "web-2", ip: "10.0.0.2" })] },
    ["register 10.0.0.2 missing"],
    ["deregister 10.0.0.1 pod-not-ready", "register 10.0.0.2 missing"],
    ["deregister 10.0.0.1 pod-not-ready", "register 10.0.0.2 missing"],
  ],
  ["in a service that nobody claims", { mappings: [] }, [], [], []],
])("App Mesh's instance %s", (_, wanted, off, whenLive, whenExclusive) => {
  const given = { mappings, instances: [left], ...wanted };
  expect(lines(plan(given))).toEqual(off);
  expect(lines(plan({ ...given, settings: live }))).toEqual(whenLive);
  expect(lines(plan({ ...given, settings: exclusive }))).toEqual(whenExclusive);
});

test.each([
  ["off", /let this owner take it over \(`adopt.appMesh`\), or deregister it$/],
  ["live", /set `adopt.appMesh: exclusive`, if only this cluster served that mesh, or deregister it$/],
] as const)("under adopt.appMesh: %s a hold advises what is not set yet", (appMesh, remedy) => {
  const settings = { adopt: { appMesh, externalDns: "off" } } as const;
  const { held } = plan({ mappings, instances: [left], pods: [reused], settings });
  expect(held).toMatchObject([{ reason: "foreign", remedy: expect.stringMatching(remedy) }]);
});

describe("an instance that is taken over", () => {
  test("is stamped, and repaired in the same write", () => {
    const drifted = instance({ owner: undefined, attributes: { ...MESH, app: "old", leftover: "x" } });
    expect(plan({ pods: [pod()], mappings, instances: [drifted], settings: live }).changes).toMatchObject([
      {
        reason: "adopted",
        keys: ["app", CLUSTER_KEY, OWNER_KEY, "leftover"],
        attributes: { [CLUSTER_KEY]: CLUSTER, [OWNER_KEY]: OWNER, app: "web" },
      },
    ]);
  });

  test("is ours from then on", () => {
    const [change] = plan({ pods: [pod()], mappings, instances: [left], settings: live }).changes;
    if (change?.kind !== "register") throw new Error("not registered");
    const instances = [{ id: change.id, attributes: change.attributes, health: undefined }];
    expect(lines(plan({ pods: [pod()], mappings, instances, settings: live }))).toEqual([]);
    expect(lines(plan({ mappings, instances }))).toEqual(["deregister 10.0.0.1 pod-gone"]);
  });

  test.each([
    ["another owner's, though App Mesh made it", instance({ owner: "other", attributes: MESH })],
    ["without a mesh", instance({ owner: undefined })],
    ["without a pod", instance({ owner: undefined, attributes: { ...MESH, "k8s.io/pod": undefined } })],
  ])("is never one %s", (_, foreign) => {
    expect(lines(plan({ pods: [pod()], mappings, instances: [foreign], settings: exclusive }))).toEqual(HELD);
    expect(lines(plan({ mappings, instances: [foreign], settings: exclusive }))).toEqual([]);
  });
});
