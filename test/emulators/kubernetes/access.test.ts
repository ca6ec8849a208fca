import { describe, expect, test } from "vitest";
import { cluster, failureOf, statusOf } from "./client.ts";
import {
  meshesV1beta2,
  meshObject,
  virtualNodeObject,
  virtualNodesV1beta1,
  virtualNodesV1beta2,
} from "./custom-resources.ts";
import { podObject } from "./workloads.ts";

describe("rights", () => {
  test("an unknown token is unauthorized, and none is nobody", async () => {
    const { core, server } = await cluster({ tokens: { right: "jane" } }, "wrong");
    expect(await failureOf(core.listPodForAllNamespaces())).toMatchObject({ code: 401 });
    const wrong = await fetch(`${server.url}/api/v1/pods`, { headers: { authorization: "Bearer wrong" } });
    expect(await wrong.json()).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "Unauthorized",
      reason: "Unauthorized",
      code: 401,
    });
    const anonymous = await fetch(`${server.url}/api/v1/pods`);
    expect(await anonymous.json()).toMatchObject({
      code: 403,
      message: expect.stringMatching(/^pods is forbidden: User "system:anonymous"/),
    });
  });

  test("what is forbidden is answered in the API server's words", async () => {
    const { world, core, custom } = await cluster(
      { tokens: { right: "jane" }, forbid: ({ verb }) => verb === "list" },
      "right",
    );
    world.serve(virtualNodesV1beta2);
    expect(await statusOf(core.listNamespacedPod({ namespace: "shop" }))).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "shop"',
      reason: "Forbidden",
      details: { kind: "pods" },
      code: 403,
    });
    expect(
      await statusOf(
        custom.listCustomObjectForAllNamespaces({
          group: "appmesh.k8s.aws",
          version: "v1beta2",
          resourcePlural: "virtualnodes",
        }),
      ),
    ).toMatchObject({
      message:
        'virtualnodes.appmesh.k8s.aws is forbidden: User "jane" cannot list resource "virtualnodes" in API group "appmesh.k8s.aws" at the cluster scope',
      details: { group: "appmesh.k8s.aws", kind: "virtualnodes" },
    });
  });

  test("an access review tells the same beforehand", async () => {
    const { authorization } = await cluster({ forbid: ({ resource }) => resource === "nodes" });
    const review = async (resource: string) => {
      const body = { spec: { resourceAttributes: { verb: "list", resource } } };
      return (await authorization.createSelfSubjectAccessReview({ body })).status?.allowed;
    };
    expect([await review("pods"), await review("nodes")]).toEqual([true, false]);
  });
});

test("what only a kubelet can answer is refused with the reason", async () => {
  const { world, core } = await cluster();
  world.put(podObject({ name: "web" }));
  expect(await statusOf(core.readNamespacedPodLog({ namespace: "default", name: "web" }))).toMatchObject({
    code: 400,
    message: "pod web runs nothing: this cluster is emulated, and its pods have no containers",
  });
});

describe("custom resources", () => {
  test("are found by discovery and listed while they are served, and gone once they are not", async () => {
    const { world, custom, server } = await cluster();
    const list = () =>
      custom.listCustomObjectForAllNamespaces({
        group: "appmesh.k8s.aws",
        version: "v1beta2",
        resourcePlural: "virtualnodes",
      });
    const absent = await failureOf(list());
    expect([absent.code, absent.body]).toEqual([404, "404 page not found\n"]);
    world.serve(virtualNodesV1beta2, virtualNodesV1beta1);
    world.put(virtualNodeObject({ name: "front", namespace: "shop" }));
    expect(await list()).toMatchObject({
      kind: "VirtualNodeList",
      metadata: { continue: "" },
      items: [
        { apiVersion: "appmesh.k8s.aws/v1beta2", kind: "VirtualNode", metadata: { name: "front", namespace: "shop" } },
      ],
    });
    const group = await fetch(`${server.url}/apis/appmesh.k8s.aws`);
    expect(await group.json()).toMatchObject({ versions: [{ version: "v1beta2" }, { version: "v1beta1" }] });
    world.unserve({ group: "appmesh.k8s.aws", plural: "virtualnodes" });
    expect(await failureOf(list())).toMatchObject({ code: 404 });
    expect((await fetch(`${server.url}/apis/appmesh.k8s.aws`)).status).toBe(404);
  });

  test("cannot be put where they are not served", async () => {
    const { world } = await cluster();
    expect(() => world.put(meshObject({}))).toThrow("Mesh appmesh.k8s.aws/v1beta2 is not served");
    world.serve(meshesV1beta2);
    expect(world.put(meshObject({})).metadata).toMatchObject({ name: "mesh", uid: expect.any(String) });
  });
});
