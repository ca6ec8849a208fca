import { test } from "@fast-check/vitest";
import * as fc from "fast-check";
import { describe, expect } from "vitest";
import type { Source } from "../../functions/core/ports.ts";
import { serviceExports } from "../../functions/mappings/service-exports.ts";
import { services } from "../../functions/mappings/services.ts";
import { virtualNodes } from "../../functions/mappings/virtual-nodes.ts";
import { listing } from "../mappings/objects.ts";
import type { Served } from "../mappings/objects.ts";
import { json, mutated, RUNS } from "./hostile.ts";

const metadata = { namespace: "shop", name: "web", creationTimestamp: "2026-11-24T14:00:00Z", labels: { app: "web" } };
const SERVICE = {
  metadata: {
    ...metadata,
    annotations: {
      "eks-cloudmap-sync/service": "web",
      "eks-cloudmap-sync/namespace": "shop.local",
      "eks-cloudmap-sync/port": "http,80",
      "eks-cloudmap-sync/attributes": "a=b,c=d",
      "eks-cloudmap-sync/id": "ip-port",
      "eks-cloudmap-sync/labels": "app,!x*",
    },
  },
  spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }] },
};
const cloudMap = { namespaceName: "shop.local", serviceName: "web", attributes: [{ key: "a", value: "b" }] };
const NODE = {
  metadata,
  spec: {
    awsName: "web_shop",
    meshRef: { name: "shop" },
    podSelector: { matchLabels: { app: "web" }, matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] },
    listeners: [{ portMapping: { port: 8080, protocol: "http" } }],
    serviceDiscovery: { awsCloudMap: cloudMap },
  },
};
const OLD_NODE = { metadata, spec: { meshName: "shop", serviceDiscovery: { cloudMap } } };
const MESH = { metadata: { name: "shop" }, spec: { awsName: "shop", namespaceSelector: { matchLabels: { a: "b" } } } };
const NAMESPACE = { metadata: { name: "shop", labels: { a: "b" } } };
const PROPERTY = { metadata: { name: "cluster.clusterset.k8s.io" }, spec: { value: "one" } };

const v = (version: string, objects: readonly unknown[]) => ({ version, objects });

describe.each<readonly [string, Source, object, (objects: readonly unknown[]) => Served]>([
  ["Services", services, SERVICE, (objects) => ({ services: v("v1", objects) })],
  [
    "VirtualNodes of v1beta2",
    virtualNodes,
    NODE,
    (objects) => ({
      virtualnodes: v("v1beta2", objects),
      meshes: v("v1beta2", [MESH]),
      namespaces: v("v1", [NAMESPACE]),
    }),
  ],
  [
    "VirtualNodes beside Meshes and namespaces of any shape",
    virtualNodes,
    MESH,
    (objects) => ({
      virtualnodes: v("v1beta2", [NODE, { ...NODE, spec: { ...NODE.spec, meshRef: undefined } }]),
      meshes: v("v1beta2", objects),
      namespaces: v("v1", objects),
    }),
  ],
  [
    "VirtualNodes of v1beta1",
    virtualNodes,
    OLD_NODE,
    (objects) => ({ virtualnodes: v("v1beta1", objects), namespaces: v("v1", [NAMESPACE]) }),
  ],
  [
    "ServiceExports",
    serviceExports,
    { metadata },
    (objects) => ({ serviceexports: v("v1alpha1", objects), services: v("v1", [SERVICE]) }),
  ],
  [
    "ServiceExports of Services of any shape",
    serviceExports,
    SERVICE,
    (objects) => ({
      serviceexports: v("v1alpha1", [{ metadata }]),
      services: v("v1", objects),
      clusterproperties: v("v1alpha1", [PROPERTY, ...objects]),
    }),
  ],
])("%s", (_, source, sample, serve) => {
  test.prop([fc.array(fc.oneof(json, mutated(sample)), { maxLength: 3 })], RUNS)(
    "claim, or are wrong each by itself, and never fail the others",
    async (objects) => {
      const read = await source.read(listing(serve(objects)));
      if (read.state === "absent") throw new Error("the kind is served");
      for (const { problem } of read.broken) expect(problem).not.toBe("");
      for (const { attributes, pods, ports } of read.claims) {
        expect(pods.labelSelector).toBeTypeOf("string");
        for (const value of Object.values(attributes)) expect(value).toBeTypeOf("string");
        for (const { target } of ports) expect(["number", "string"]).toContain(typeof target);
      }
      // One that is right claims whatever stands beside it.
      const beside = await source.read(listing(serve([...objects, sample])));
      expect(beside.state).toBe("read");
    },
  );
});
