import { expect, test } from "vitest";
import { parse } from "yaml";
import {
  virtualNodeObject,
  virtualNodesV1beta1,
  virtualNodesV1beta2,
} from "../emulators/kubernetes/custom-resources.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { setUpCli, SMALLEST } from "../support/cli.ts";

const DOCUMENT = SMALLEST.replace(/mappings: .*\n/, "sources: { virtualNodes: true }\n");
const CLOUD_MAP = { namespaceName: "shop.local", serviceName: "web" };
const colored = (color: string, ip: string) =>
  podObject({ namespace: "shop", name: color, ip, labels: { app: "web", color }, owner: `${color}-1` });
const vn = (name: string) => virtualNodeObject({ name, namespace: "shop", version: "v1beta1", cloudMap: CLOUD_MAP });

test("VirtualNodes come out as mappings that change nothing but the keys that are named", async () => {
  const { run, kubernetes, configure } = await setUpCli({ document: DOCUMENT });
  kubernetes.serve(virtualNodesV1beta2);
  const attributes = [
    { key: "team", value: "color" },
    { key: "AWS_INSTANCE_PORT", value: "1" },
    { key: "empty", value: "" },
  ];
  kubernetes.put(
    virtualNodeObject({ name: "web", namespace: "shop", port: 8080, cloudMap: { ...CLOUD_MAP, attributes } }),
  );
  expect((await run("apply")).code).toBe(0);

  const { code, out } = await run("import");
  expect(code).toBe(0);
  expect(out).toContain(
    "# VirtualNode shop/web: its instances lose appmesh.k8s.aws/mesh (mesh) and appmesh.k8s.aws/virtualNode (web_shop)\n",
  );
  expect(parse(out)).toEqual({
    mappings: [
      {
        service: "web",
        namespace: "shop.local",
        pods: { namespace: "shop", selector: "app=web" },
        port: 8080,
        attributes: { team: "color" },
      },
    ],
  });
  await configure(`${DOCUMENT}${out}`);
  const planned = JSON.parse((await run("plan", "--output", "json")).out) as { readonly services: readonly object[] };
  expect(planned.services).toMatchObject([
    {
      changes: ["10.0.0.1", "10.0.0.2"].map((id) => ({
        id,
        reason: "drifted",
        keys: ["appmesh.k8s.aws/mesh", "appmesh.k8s.aws/virtualNode"],
      })),
      held: [],
    },
  ]);
});

test("of v1beta1 a label is found that tells the pods apart; what none tells apart is not imported, and why is said", async () => {
  const { run, kubernetes } = await setUpCli({ document: DOCUMENT });
  kubernetes.serve(virtualNodesV1beta1);
  for (const object of [
    ...["blue", "red", "none"].map(vn),
    virtualNodeObject({
      name: "far",
      namespace: "shop",
      version: "v1beta1",
      cloudMap: { ...CLOUD_MAP, namespaceName: "far.local" },
    }),
    podObject({ namespace: "shop", name: "b", ip: "10.0.0.3", labels: { app: "web", color: "blue" }, owner: "blue-1" }),
    podObject({ namespace: "shop", name: "r", ip: "10.0.0.4", labels: { app: "web" }, owner: "red-2" }),
  ])
    kubernetes.put(object);
  const { code, out, err } = await run("import");
  expect(parse(out)).toMatchObject({ mappings: [{ pods: { namespace: "shop", selector: "app=web,color=blue" } }] });
  expect(out).toContain(
    "(blue-shop); its pods name it themselves, by their Envoy or an annotation, which no mapping can ask for: this selector is made of the labels that they have today\n",
  );
  expect(out).toMatch(
    /# Not imported: VirtualNode shop\/red: no label tells its pods \(1\) from the others of shop; give them/,
  );
  expect(out).toMatch(/# Not imported: VirtualNode shop\/far: far\.local is not among `namespaces`; add it there/);
  const zero = "VirtualNode shop/none: has no pod now; scale it up and import again, or write its mapping by hand";
  expect(out).toContain(`# Not imported: ${zero}\n`);
  expect(err).toContain(`warning: not imported: ${zero}\n`);
  expect(code).toBe(1);
});

test("of v1beta1 the mapping of a VirtualNode that is alone asks for all labels, so that no later pods of others come in", async () => {
  const { run, kubernetes, configure } = await setUpCli({ document: DOCUMENT });
  kubernetes.serve(virtualNodesV1beta1);
  for (const name of ["web-1", "web-2"]) kubernetes.remove({ kind: "Pod", namespace: "shop", name });
  const labels = { app: "web", tier: "front", "pod-template-hash": "1", "helm.sh/chart": "web-1.0" };
  for (const object of [
    vn("blue"),
    podObject({ namespace: "shop", name: "b", ip: "10.0.0.3", labels, owner: "blue-1" }),
  ])
    kubernetes.put(object);
  expect((await run("apply")).code).toBe(0);
  const { code, out } = await run("import");
  expect(parse(out)).toMatchObject({ mappings: [{ pods: { namespace: "shop", selector: "app=web,tier=front" } }] });
  expect(code).toBe(0);
  await configure(`${DOCUMENT}${out}`);
  const planned = JSON.parse((await run("plan", "--output", "json")).out) as { readonly services: readonly object[] };
  const keys = ["appmesh.k8s.aws/mesh", "appmesh.k8s.aws/virtualNode"];
  expect(planned.services).toMatchObject([{ changes: [{ id: "10.0.0.3", reason: "drifted", keys }], held: [] }]);
});

test("of v1beta1 one label suffices where all VirtualNodes of the Kubernetes namespace have their pods", async () => {
  const { run, kubernetes } = await setUpCli({ document: DOCUMENT });
  kubernetes.serve(virtualNodesV1beta1);
  for (const object of [vn("blue"), vn("red"), colored("blue", "10.0.0.3"), colored("red", "10.0.0.4")])
    kubernetes.put(object);
  const { code, out, err } = await run("import");
  const selectors = ["color=blue", "color=red"].map((selector) => ({ pods: { namespace: "shop", selector } }));
  expect(parse(out)).toMatchObject({ mappings: selectors });
  expect([code, err]).toEqual([0, ""]);
});

test("of v1beta2 the podSelector is kept as it is, whether or not it has pods", async () => {
  const { run, kubernetes } = await setUpCli({ document: DOCUMENT });
  kubernetes.serve(virtualNodesV1beta2);
  const podSelector = { app: "sleeps" };
  kubernetes.put(virtualNodeObject({ name: "web", namespace: "shop", podSelector, cloudMap: CLOUD_MAP }));
  const { code, out } = await run("import");
  expect(parse(out)).toMatchObject({ mappings: [{ pods: { namespace: "shop", selector: "app=sleeps" } }] });
  expect(code).toBe(0);
});

test("without VirtualNodes to read it fails, and says what is missing", async () => {
  const { run } = await setUpCli({ document: DOCUMENT });
  const { code, out, err } = await run("import");
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(/^error: .*serves no virtualnodes\.appmesh\.k8s\.aws/);
});
