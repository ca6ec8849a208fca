import { expect, test } from "vitest";
import type { NamespaceRead, SourceRead } from "../../functions/core/ports.ts";
import { resolveSubjects } from "../../functions/core/resolve.ts";
import { pass, writesOf } from "../support/memory-pass.ts";
import { lines, plan } from "../support/scene.ts";
import { claim, instance, mapping, namespace, pod, service, settings, sourceOf } from "../support/builders.ts";

/** Exports whose Service is gone: their instances go, as the MCS controller takes them away. */

const withdrawn: SourceRead = {
  ...sourceOf("serviceExports"),
  state: "read",
  claims: [],
  broken: [],
  withdrawn: [{ namespace: "shop.local", service: "web", from: "shop" }],
};
const read: NamespaceRead = { asked: "shop.local", read: { value: { namespace: namespace(), services: [service()] } } };
const others = [pod(), pod({ name: "web-2", ip: "10.0.0.2" })];
const instances = [instance(), instance({ id: "10.0.0.2", pod: "web-2" })];

test("they go although their pods live, and the guard lets them", () => {
  expect(lines(plan({ mappings: [], others, instances, subject: { withdrawn: ["shop"] } }))).toEqual([
    "deregister 10.0.0.1 service-gone",
    "deregister 10.0.0.2 service-gone",
  ]);
  expect(lines(plan({ mappings: [], others, instances }))).toEqual([
    "deregister 10.0.0.1 held: guard",
    "deregister 10.0.0.2 held: guard",
  ]);
});

test("where somebody else claims the service, the guard looks at it as ever", () => {
  expect(lines(plan({ mappings: [mapping()], others, instances, subject: { withdrawn: ["shop"] } }))).toEqual([
    "deregister 10.0.0.1 held: guard",
    "deregister 10.0.0.2 held: guard",
  ]);
});

test("a pass over its Kubernetes namespace alone removes them", async () => {
  const scopes = [{ kind: "namespace", namespace: "shop" }] as const;
  const given = { pods: others, instances: { web: instances }, sources: [withdrawn] };
  const { calls } = await pass({ ...given, request: { sweep: false, scopes } });
  expect(writesOf(calls)).toEqual(["web: deregister 10.0.0.1", "web: deregister 10.0.0.2"]);
});

test.each<[string, Parameters<typeof settings>[0], readonly string[]]>([
  ["by whom it may be claimed", {}, ["shop"]],
  ["by nobody who may not claim it", { allow: [{ from: "shop", services: ["api"] }] }, []],
])("a service is withdrawn from %s", (_, wanted, expected) => {
  const { subjects } = resolveSubjects([withdrawn], [read], settings(wanted));
  expect(subjects.map((subject) => subject.withdrawn)).toEqual([expected]);
});

test("a service that does not exist is not made for it", () => {
  const empty: NamespaceRead = { asked: "shop.local", read: { value: { namespace: namespace(), services: [] } } };
  expect(resolveSubjects([withdrawn], [empty], settings()).subjects).toEqual([]);
});

test("an object that claims in several Kubernetes namespaces counts once", () => {
  const twice = ["shop", "bank"].map((place) =>
    claim({
      from: "shop",
      origin: { source: "virtualNodes", rank: sourceOf("virtualNodes").rank, name: "VirtualNode shop/web" },
      pods: { namespace: place, labelSelector: "" },
    }),
  );
  const source: SourceRead = { ...sourceOf("virtualNodes"), state: "read", claims: twice, broken: [] };
  const { subjects, strays } = resolveSubjects([source], [read], settings({ claims: { perNamespace: 1 } }));
  expect(strays).toEqual([]);
  expect(subjects[0]?.mappings).toHaveLength(2);
});
