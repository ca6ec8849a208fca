import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { BrokenClaim } from "../../functions/core/claim-problem.ts";
import { virtualNodes } from "../../functions/mappings/virtual-nodes.ts";
import { pod } from "../support/builders.ts";
import { kubeObject, listing, readSource } from "./objects.ts";
import type { Served, Shape } from "./objects.ts";

const WEB = { namespace: "shop", labelSelector: "app=web" };
const CLOUD_MAP = { namespaceName: "shop.local", serviceName: "web" };

test("a cluster that serves no VirtualNodes says so", async () => {
  expect(await virtualNodes.read(listing({}))).toEqual({ state: "absent" });
});

const nodeV1beta2 = (spec: Shape = {}, metadata: Shape = {}, cloudMap: Shape = {}) =>
  kubeObject(
    "web",
    {
      meshRef: { name: "mesh" },
      podSelector: { matchLabels: { app: "web" } },
      serviceDiscovery: { awsCloudMap: { ...CLOUD_MAP, ...cloudMap } },
      ...spec,
    },
    metadata,
  );
const mesh = (name: string, spec: Shape = {}) => ({ metadata: { name }, spec });
const servedV1beta2 = (objects: readonly unknown[], meshes: readonly unknown[] = [], labels: Shape = {}): Served => ({
  virtualnodes: { version: "v1beta2", objects },
  meshes: { version: "v1beta2", objects: meshes },
  namespaces: { version: "v1", objects: [{ metadata: { name: "shop", labels } }] },
});

describe("v1beta2", () => {
  test("a VirtualNode claims the pods that its selector selects, with its attributes and the port of its first listener", async () => {
    const listeners = [{ portMapping: { port: 8080, protocol: "http" } }, { portMapping: { port: 9090 } }];
    const attributes = [{ key: "team", value: "color" }];
    const { claims, broken } = await readSource(
      virtualNodes,
      servedV1beta2([nodeV1beta2({ listeners }, {}, { attributes })]),
    );
    expect(broken).toEqual([]);
    expect(claims).toMatchObject([
      {
        origin: { source: "virtualNodes", name: "VirtualNode shop/web" },
        from: "shop",
        namespace: "shop.local",
        service: "web",
        pods: { namespace: "shop", labelSelector: "app=web" },
        ports: [{ target: 8080 }],
        address: "pod",
        attributes: { team: "color" },
        coreAttributes: { "appmesh.k8s.aws/mesh": "mesh", "appmesh.k8s.aws/virtualNode": "web_shop" },
        unready: "hide",
      },
    ]);
  });

  test.each([undefined, []])(
    "without a listener it names no port, and no attributes are none (%j)",
    async (listeners) => {
      const { claims } = await readSource(virtualNodes, servedV1beta2([nodeV1beta2({ listeners })]));
      expect(claims).toMatchObject([{ ports: [], attributes: {} }]);
      expect(claims[0]?.attributes).toEqual({});
    },
  );

  test.each<[string, Shape, Shape]>([
    ["an absent selector", { podSelector: undefined }, {}],
    ["a null selector", { podSelector: null }, {}],
    ["discovery by DNS", { serviceDiscovery: { dns: { hostname: "web.shop" } } }, {}],
    ["no discovery", { serviceDiscovery: undefined }, {}],
    ["a null discovery", { serviceDiscovery: null }, {}],
    ["a deletion under way", {}, { deletionTimestamp: "2026-11-24T14:00:00Z", finalizers: ["x"] }],
  ])("with %s it claims nothing, and no mesh is asked for", async (_, spec, metadata) => {
    const asked: string[] = [];
    const read = await readSource(virtualNodes, servedV1beta2([nodeV1beta2(spec, metadata)]), asked);
    expect(read).toMatchObject({ state: "read", claims: [], broken: [] });
    expect(asked).toEqual(["virtualnodes"]);
  });

  test("an empty selector selects every pod of the namespace", async () => {
    const { claims } = await readSource(virtualNodes, servedV1beta2([nodeV1beta2({ podSelector: {} })]));
    expect(claims[0]?.pods).toEqual({ namespace: "shop", labelSelector: "" });
  });

  const RED = mesh("red", { namespaceSelector: { matchLabels: { mesh: "red" } } });
  const BLUE = mesh("blue", { awsName: "blue-in-aws", namespaceSelector: { matchLabels: { mesh: "blue" } } });
  test.each<[string, Shape | undefined, readonly Shape[], Shape, string]>([
    ["meshRef names it", { name: "red" }, [RED, BLUE], { mesh: "blue" }, "red"],
    ["the mesh that meshRef names has a name of its own in AWS", { name: "blue" }, [RED, BLUE], {}, "blue-in-aws"],
    ["the mesh that meshRef names is gone", { name: "green" }, [RED], {}, "green"],
    ["without meshRef a mesh selects the namespace", undefined, [RED, BLUE], { mesh: "blue" }, "blue-in-aws"],
    [
      "the mesh that meshRef names says nothing of itself",
      { name: "bare" },
      [{ metadata: { name: "bare" } }],
      {},
      "bare",
    ],
    ["an empty selector of a mesh selects any", undefined, [mesh("all", { namespaceSelector: {} })], {}, "all"],
  ])("its mesh: %s", async (_, meshRef, meshes, labels, expected) => {
    const { claims } = await readSource(virtualNodes, servedV1beta2([nodeV1beta2({ meshRef })], meshes, labels));
    expect(claims[0]?.coreAttributes["appmesh.k8s.aws/mesh"]).toBe(expected);
  });

  test.each<[string, readonly Shape[], RegExp]>([
    ["no mesh", [RED, mesh("none")], /no Mesh selects the namespace shop; label/],
    ["two meshes", [BLUE, { ...BLUE, metadata: { name: "sky" } }], /several Meshes.*\(blue, sky\)/],
  ])("is broken where %s selects its namespace", async (_, meshes, problem) => {
    const { claims, broken } = await readSource(
      virtualNodes,
      servedV1beta2([nodeV1beta2({ meshRef: undefined })], meshes, { mesh: "blue" }),
    );
    expect(claims).toEqual([]);
    expect(broken).toMatchObject([{ from: "shop", ...targetOf(), problem: expect.stringMatching(problem) }]);
  });

  test("a null meshRef names no mesh: the one is taken that selects the namespace", async () => {
    const { claims } = await readSource(
      virtualNodes,
      servedV1beta2([nodeV1beta2({ meshRef: null })], [RED, BLUE], { mesh: "red" }),
    );
    expect(claims[0]?.coreAttributes["appmesh.k8s.aws/mesh"]).toBe("red");
  });

  test("where no meshes are served, none selects the namespace, and a mesh that is named goes by its name", async () => {
    const objects = [nodeV1beta2({ meshRef: undefined }), nodeV1beta2({}, { name: "named" })];
    const { claims, broken } = await readSource(virtualNodes, { virtualnodes: { version: "v1beta2", objects } });
    expect(broken).toMatchObject([{ problem: expect.stringContaining("no Mesh selects the namespace shop") }]);
    expect(claims).toMatchObject([{ coreAttributes: { "appmesh.k8s.aws/mesh": "mesh" } }]);
  });

  test("namespaces are asked for only where a VirtualNode names no mesh", async () => {
    const asked: string[] = [];
    await readSource(virtualNodes, servedV1beta2([nodeV1beta2()]), asked);
    expect(asked).toEqual(["virtualnodes", "meshes"]);
  });

  test.each<[string, string | undefined, string]>([
    ["the default", undefined, "web_shop"],
    ["the default for an empty one", "", "web_shop"],
    ["its own", "web-in-aws", "web-in-aws"],
  ])("its name in AWS: %s", async (_, awsName, expected) => {
    const { claims } = await readSource(virtualNodes, servedV1beta2([nodeV1beta2({ awsName })]));
    expect(claims[0]?.coreAttributes["appmesh.k8s.aws/virtualNode"]).toBe(expected);
  });

  test.each<[string, Shape, Partial<BrokenClaim>, RegExp]>([
    [
      "a service without a name",
      nodeV1beta2({}, {}, { serviceName: undefined }),
      { pods: WEB },
      /awsCloudMap\.serviceName cannot/,
    ],
    [
      "a selector of another shape",
      nodeV1beta2({ podSelector: { matchLabels: { a: 1 } } }),
      targetOf(),
      /^spec\.podSelector\./,
    ],
    [
      "a selector that no API server takes",
      nodeV1beta2({ podSelector: { matchLabels: { a: "b,c" } } }),
      targetOf(),
      /"b,c"/,
    ],
    [
      "a listener without a port",
      nodeV1beta2({ listeners: [{}] }),
      { ...targetOf(), pods: WEB },
      /^spec\.listeners\.0\.portMapping/,
    ],
  ])("%s is a broken claim, of the pods that can be known; the others go on", async (_, object, known, problem) => {
    const other = nodeV1beta2({}, { name: "other" });
    const { claims, broken } = await readSource(virtualNodes, servedV1beta2([object, other]));
    expect(claims.map(({ origin }) => origin.name)).toEqual(["VirtualNode shop/other"]);
    const { namespace, service, pods } = known;
    expect(broken).toEqual([
      {
        origin: { source: "virtualNodes", name: "VirtualNode shop/web" },
        from: "shop",
        pods,
        namespace,
        service,
        problem: expect.stringMatching(problem),
      },
    ]);
  });

  test("what is no object at all is reported", async () => {
    const { broken } = await readSource(virtualNodes, servedV1beta2(["odd"]));
    expect(broken).toMatchObject([
      {
        origin: { name: "VirtualNode without a name" },
        from: "",
        service: undefined,
        problem: expect.stringMatching(/^the object cannot be read/),
      },
    ]);
  });
});

describe("the walkthrough", () => {
  const walkthrough = readWalkthrough();
  const { kubernetesNamespace: namespace, mesh } = walkthrough;
  const listeners = [{ portMapping: { port: 8080, protocol: "http" } }];
  const shapes = {
    v1beta1: walkthrough.virtualNodes.map(({ name, cloudMap }) => ({
      metadata: { namespace, name },
      spec: { meshName: mesh, listeners, serviceDiscovery: { cloudMap } },
    })),
    v1beta2: walkthrough.virtualNodes.map(({ name, podSelector, cloudMap }) => ({
      metadata: { namespace, name },
      spec: {
        meshRef: { name: mesh },
        podSelector: { matchLabels: podSelector },
        listeners,
        serviceDiscovery: { awsCloudMap: cloudMap },
      },
    })),
  };
  const instances = walkthrough.queries.flatMap((query) => query.instances);

  test.each(["v1beta1", "v1beta2"] as const)(
    "each pod is claimed in %s for the service, mesh and VirtualNode that it was registered with",
    async (version) => {
      const { claims } = await readSource(virtualNodes, { virtualnodes: { version, objects: shapes[version] } });
      expect(walkthrough.pods).toHaveLength(3);
      for (const { name, labels, deployment } of walkthrough.pods) {
        const controller = { kind: "ReplicaSet", name: `${deployment}-${labels["pod-template-hash"]}` };
        const one = pod({ namespace, name, labels, controller });
        const chosen = claims.filter((claim) => selects(claim.pods.labelSelector, labels) && claim.chooses(one));
        const registered = instances.find((instance) => instance.Attributes["k8s.io/pod"] === name);
        const virtualNode =
          version === "v1beta1" ? registered?.Attributes["appmesh.k8s.aws/virtualNode"] : `${deployment}_${namespace}`;
        expect(chosen).toMatchObject([
          {
            namespace: registered?.NamespaceName,
            service: registered?.ServiceName,
            ports: [{ target: 8080 }],
            coreAttributes: { "appmesh.k8s.aws/mesh": mesh, "appmesh.k8s.aws/virtualNode": virtualNode },
          },
        ]);
      }
    },
  );
});

function targetOf(): { readonly namespace: string; readonly service: string } {
  return { namespace: CLOUD_MAP.namespaceName, service: CLOUD_MAP.serviceName };
}

/** Equality alone: the walkthrough's selectors have nothing else. */
function selects(selector: string, labels: Readonly<Record<string, string>>): boolean {
  const requirements = selector === "" ? [] : selector.split(",").map((one) => one.split("="));
  return requirements.every(([key = "", value]) => labels[key] === value);
}

type Walkthrough = {
  readonly kubernetesNamespace: string;
  readonly mesh: string;
  readonly pods: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly deployment: string;
  }[];
  readonly queries: readonly {
    readonly instances: readonly {
      readonly NamespaceName: string;
      readonly ServiceName: string;
      readonly Attributes: Readonly<Record<string, string>>;
    }[];
  }[];
  readonly virtualNodes: readonly { readonly name: string; readonly podSelector: Shape; readonly cloudMap: Shape }[];
};

function readWalkthrough(): Walkthrough {
  return JSON.parse(readFileSync(new URL("../support/walkthrough.json", import.meta.url), "utf8")) as Walkthrough;
}
