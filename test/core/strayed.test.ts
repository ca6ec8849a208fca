import { expect, test } from "vitest";
import type { Claim } from "../../functions/core/model.ts";
import { warnOfStrayed } from "../../functions/core/strayed.ts";
import { lines, plan, seen } from "../support/scene.ts";
import { claim, claims, instance, mapping, pod, sourceOf } from "../support/builders.ts";

/** A living instance that names a VirtualNode of this cluster, which does not choose its pod. */

const NODE = { "appmesh.k8s.aws/mesh": "m", "appmesh.k8s.aws/virtualNode": "web_shop" };
const virtualNode = (wanted: Partial<Omit<Claim, "ports">> = {}) =>
  claims(
    claim({
      from: "shop",
      origin: { source: "virtualNodes", rank: sourceOf("virtualNodes").rank, name: "VirtualNode shop/web" },
      pods: { namespace: "shop", labelSelector: "app=other" },
      coreAttributes: NODE,
      ...wanted,
    }),
  );
const scene = {
  mappings: [mapping()],
  pods: [pod({ name: "web-2", ip: "10.0.0.2" })],
  others: [pod()],
  instances: [instance({ attributes: NODE }), instance({ id: "10.0.0.2", pod: "web-2" })],
};

test("it is held as if its source had failed, and a warning names both", () => {
  const given = { ...scene, sources: [virtualNode()] };
  const planned = plan(given);
  expect(lines(planned)).toEqual(["deregister 10.0.0.1 held: source-failed"]);
  expect(planned.held[0]?.remedy).toMatch(
    /^its pod lives on, and VirtualNode shop\/web, which it was registered for, does not choose it; .*--force/,
  );
  expect(warnOfStrayed(seen(given))).toEqual([
    "shop.local/web: the instances of shop/web-1 name VirtualNode shop/web, which does not choose these living pods; they stay until it does, or the pods go",
  ]);
});

test.each<[string, Parameters<typeof plan>[0]]>([
  ["that this cluster does not have", { ...scene, sources: [] }],
  [
    "of another mesh",
    { ...scene, sources: [virtualNode({ coreAttributes: { ...NODE, "appmesh.k8s.aws/mesh": "n" } })] },
  ],
  [
    "that chooses it for another service",
    { ...scene, sources: [virtualNode({ pods: { namespace: "shop", labelSelector: "app=web" } })] },
  ],
  [
    "that this mesh has under another name",
    {
      ...scene,
      sources: [virtualNode({ coreAttributes: { ...NODE, "appmesh.k8s.aws/virtualNode": "api_shop" } })],
    },
  ],
  [
    "that chooses it from one of several Kubernetes namespaces",
    { ...scene, sources: [virtualNode(), virtualNode({ pods: { namespace: "shop", labelSelector: "app=web" } })] },
  ],
])("one that names a VirtualNode %s goes", (_, given) => {
  expect(lines(plan(given))).toEqual(["deregister 10.0.0.1 unselected"]);
  expect(warnOfStrayed(seen(given))).toEqual([]);
});

test("once its pod is gone it goes", () => {
  expect(lines(plan({ ...scene, others: [], sources: [virtualNode()] }))).toEqual(["deregister 10.0.0.1 pod-gone"]);
});

test("one that names a VirtualNode is held whatever else fails, and of several pods the first is named", () => {
  const third = pod({ name: "web-3", ip: "10.0.0.3" });
  const given = {
    ...scene,
    others: [third, pod()],
    instances: [...scene.instances, instance({ id: "10.0.0.3", pod: "web-3", attributes: NODE })],
    sources: [{ ...sourceOf("serviceExports"), state: "absent", error: undefined } as const, virtualNode()],
  };
  expect(warnOfStrayed(seen(given))).toEqual([
    expect.stringContaining("the instances of shop/web-1 and 1 more name VirtualNode shop/web"),
  ]);
});

test("one whose pod a mapping chooses is no cause for a warning: it is registered anew", () => {
  expect(warnOfStrayed(seen({ ...scene, pods: [...scene.pods, pod()], others: [], sources: [virtualNode()] }))).toEqual(
    [],
  );
});
