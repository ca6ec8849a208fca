import { describe, expect, test } from "vitest";
import type { MappingPort } from "../../functions/core/model.ts";
import { services } from "../../functions/mappings/services.ts";
import { pod } from "../support/builders.ts";
import { kubeObject, listing, readSource, serviceObject } from "./objects.ts";
import type { Shape } from "./objects.ts";

const CLAIMS = { "eks-cloudmap-sync/service": "web-public" };

const claimOf = async (annotations: Shape = {}, spec: Shape = {}) => {
  const object = serviceObject(spec, { annotations: { ...CLAIMS, ...annotations } });
  return await readSource(services, { services: { version: "v1", objects: [object] } });
};

test("a Service claims by its annotations for the pods that it selects", async () => {
  const { claims, broken } = await claimOf({ "eks-cloudmap-sync/namespace": "shop.local" });
  expect(broken).toEqual([]);
  expect(claims).toMatchObject([
    {
      origin: { source: "services", name: "Service shop/web" },
      from: "shop",
      namespace: "shop.local",
      service: "web-public",
      pods: { namespace: "shop", labelSelector: "app=web" },
      ports: [],
      attributes: {},
      unready: "hide",
      policy: undefined,
    },
  ]);
  expect(claims[0]?.chooses(pod())).toBe(true);
});

test("a Service without the annotation claims nothing, whatever its shape", async () => {
  const objects = [serviceObject(), kubeObject("odd", { ports: "none" }), "no object", null];
  expect(await readSource(services, { services: { version: "v1", objects } })).toMatchObject({
    claims: [],
    broken: [],
  });
});

test("a Service that is being deleted claims nothing", async () => {
  const object = serviceObject({}, { annotations: CLAIMS, deletionTimestamp: "2026-11-24T14:00:00Z" });
  const read = await readSource(services, { services: { version: "v1", objects: [object] } });
  expect(read).toMatchObject({ claims: [], broken: [] });
});

test("publishNotReadyAddresses publishes pods that are not ready", async () => {
  const { claims } = await claimOf({}, { publishNotReadyAddresses: true });
  expect(claims[0]?.unready).toBe("publish");
});

const namedObject = (namespace: string, name: string) => serviceObject({}, { annotations: CLAIMS, namespace, name });

test("claims are sorted by namespace, then name", async () => {
  const objects = [namedObject("b", "a"), namedObject("a", "b"), namedObject("a", "a")];
  const { claims } = await readSource(services, { services: { version: "v1", objects } });
  expect(claims.map(({ origin }) => origin.name)).toEqual(["Service a/a", "Service a/b", "Service b/a"]);
});

test("a Service whose time of deletion is null is not being deleted", async () => {
  const object = serviceObject({}, { annotations: CLAIMS, deletionTimestamp: null });
  const { claims } = await readSource(services, { services: { version: "v1", objects: [object] } });
  expect(claims).toHaveLength(1);
});

test("a cluster that serves no Services says so", async () => {
  expect(await services.read(listing({}))).toEqual({ state: "absent" });
});

const named = (name: string) => ({ target: name, protocol: "TCP" as const });

describe("ports", () => {
  const ports = [
    { name: "web", port: 80, targetPort: "http", protocol: "TCP" },
    { name: "admin", port: 8080, targetPort: 9090, nodePort: 7070 },
    { name: "alt", port: 9090, targetPort: 7070 },
    { name: "plain", port: 5000 },
    { name: "plain-udp", port: 5000, protocol: "UDP" },
  ];
  test.each<[string, string | undefined, (number | Pick<MappingPort, "target" | "protocol">)[]]>([
    ["without an annotation, all targets in order, each once", undefined, [named("http"), 9090, 7070, 5000]],
    ["a port's name means its target", "web", [named("http")]],
    ["a port's name means its target, a number too", "admin", [9090]],
    ["another name is a container port's, over any protocol", "metrics", [{ target: "metrics", protocol: undefined }]],
    ["a number that is only a port means its target", "80", [named("http")]],
    ["a number that some port targets stays, though another port has it", "9090", [9090]],
    ["a port without a target is its own", "5000", [5000]],
    ["a number that the Service does not know stays", "1234", [1234]],
    ["a number that is a target stays, though it is a node port too", "7070", [7070]],
    ["several", "web, 1234", [named("http"), 1234]],
    ["several that are the same port", "web,80", [named("http")]],
  ])("%s", async (_, annotation, expected) => {
    const { claims } = await claimOf(annotation === undefined ? {} : { "eks-cloudmap-sync/port": annotation }, {
      ports,
    });
    const made = claims[0]?.ports.map(({ target, protocol }) =>
      typeof target === "number" ? target : { target, protocol },
    );
    expect(made).toEqual(expected);
  });

  test.each([null, 0, ""])("a target of %j is the port itself, as the API server reads it", async (targetPort) => {
    const { claims } = await claimOf({}, { ports: [{ port: 5000, targetPort }] });
    expect(claims[0]?.ports).toMatchObject([{ target: 5000 }]);
  });

  test("no port means the one without a name", async () => {
    const { claims, broken } = await claimOf({ "eks-cloudmap-sync/port": "80," }, { ports: [{ port: 80 }] });
    expect(claims).toEqual([]);
    expect(broken).toMatchObject([{ problem: expect.stringContaining('has ""') }]);
  });

  test("a name that is served over two protocols is two ports", async () => {
    const both = ["TCP", "UDP"].map((protocol) => ({
      name: protocol.toLowerCase(),
      port: 53,
      targetPort: "dns",
      protocol,
    }));
    const { claims } = await claimOf({}, { ports: both });
    expect(claims[0]?.ports).toMatchObject([
      { target: "dns", protocol: "TCP" },
      { target: "dns", protocol: "UDP" },
    ]);
  });
});

describe("attributes", () => {
  test.each<[string, string, Shape]>([
    ["pairs, blanks around them left out", "team=color, tier = front", { team: "color", tier: "front" }],
    ["a value may hold an equals sign", "query=a=b", { query: "a=b" }],
    ["none", "", {}],
  ])("%s", async (_, annotation, expected) => {
    const { claims } = await claimOf({ "eks-cloudmap-sync/attributes": annotation });
    expect(claims[0]?.attributes).toEqual(expected);
  });
});

describe("ids and labels", () => {
  test.each<[string, Shape, Shape]>([
    ["absent: the configuration's own", {}, { id: undefined, labels: undefined }],
    ["ids", { "eks-cloudmap-sync/id": " ip-port " }, { id: "ip-port" }],
    ["labels", { "eks-cloudmap-sync/labels": "app, tier-*" }, { labels: { include: ["app", "tier-*"], exclude: [] } }],
    [
      "labels left out of all",
      { "eks-cloudmap-sync/labels": "!team" },
      { labels: { include: ["*"], exclude: ["team"] } },
    ],
    [
      "labels left out of some",
      { "eks-cloudmap-sync/labels": "app*,!app-id" },
      { labels: { include: ["app*"], exclude: ["app-id"] } },
    ],
  ])("%s", async (_, annotations, expected) => {
    const { claims } = await claimOf(annotations);
    expect(claims).toMatchObject([expected]);
  });
});

describe("a claim is broken, and says why, with", () => {
  test.each<[string, Shape, Shape, RegExp]>([
    ["an empty port", { "eks-cloudmap-sync/port": " " }, {}, /\/port is empty/],
    ["a port out of range", { "eks-cloudmap-sync/port": "70000" }, {}, /70000.*1 to 65535/],
    ["a port that is no name", { "eks-cloudmap-sync/port": "http,,x" }, {}, /has "".*numbers or names/],
    ["an attribute without a value", { "eks-cloudmap-sync/attributes": "team" }, {}, /"team".*k=v,k=v/],
    ["an attribute without a key", { "eks-cloudmap-sync/attributes": "=x" }, {}, /"=x".*k=v,k=v/],
    ["a trailing comma", { "eks-cloudmap-sync/attributes": "a=b," }, {}, /"".*k=v,k=v/],
    ["an id that is none", { "eks-cloudmap-sync/id": "ip:port" }, {}, /\/id is "ip:port"; write ip or ip-port/],
    [
      "an address of nobody",
      { "eks-cloudmap-sync/address": "host" },
      {},
      /\/address is "host"; write pod, node or load-balancer/,
    ],
    ["labels with a hole", { "eks-cloudmap-sync/labels": "app,,tier" }, {}, /\/labels has "".*globs of label keys/],
    ["an attribute twice", { "eks-cloudmap-sync/attributes": "a=b,a=c" }, {}, /names a twice/],
    [
      "a node port, where no pod answers",
      { "eks-cloudmap-sync/port": "30080" },
      { ports: [{ port: 80, targetPort: 8080, nodePort: 30_080 }] },
      /names 30080.*on the nodes.*write the target port 8080, or eks-cloudmap-sync\/address: node$/,
    ],
    ["an unexpected shape", {}, { ports: [{ port: "x" }] }, /^spec\.ports\.0\.port cannot be read/],
  ])("%s", async (_, annotations, spec, problem) => {
    const { claims, broken } = await claimOf(annotations, spec);
    expect(claims).toEqual([]);
    expect(broken).toMatchObject([
      {
        origin: { name: "Service shop/web" },
        from: "shop",
        pods: { namespace: "shop", labelSelector: "app=web" },
        service: "web-public",
        problem: expect.stringMatching(problem),
      },
    ]);
  });

  test.each(["service", "namespace"])("an empty %s, which leaves its target unknown", async (key) => {
    const { broken } = await claimOf({ [`eks-cloudmap-sync/${key}`]: "" });
    expect(broken).toMatchObject([{ service: undefined, problem: expect.stringContaining(`/${key} is empty`) }]);
  });
});

test.each<[string, Shape]>([
  ["without a selector", { selector: null }],
  ["with an empty selector", { selector: {} }],
  ["that is an ExternalName, whatever its selector", { type: "ExternalName" }],
])("a Service %s has no pods, so it claims none and holds none, be its annotations wrong", async (_, spec) => {
  expect(await claimOf({}, spec)).toMatchObject({ claims: [], broken: [] });
  expect(await claimOf({ "eks-cloudmap-sync/port": "0" }, spec)).toMatchObject({ claims: [], broken: [] });
});

test("a Service whose selector cannot be understood is broken, and nobody knows of which pods", async () => {
  const { broken } = await claimOf({}, { selector: { app: "a,b" } });
  expect(broken).toMatchObject([{ service: "web-public", pods: undefined }]);
});

test("a broken claim does not stop the others", async () => {
  const objects = [
    serviceObject({ selector: { app: "a,b" } }, { annotations: CLAIMS, name: "broken" }),
    serviceObject({}, { annotations: CLAIMS }),
  ];
  const { claims, broken } = await readSource(services, { services: { version: "v1", objects } });
  expect(claims.map(({ origin }) => origin.name)).toEqual(["Service shop/web"]);
  expect(broken.map(({ origin }) => origin.name)).toEqual(["Service shop/broken"]);
});

describe("an annotation", () => {
  test.each([
    ["port", "1", { ports: [{ target: 1 }] }],
    ["port", "65535", { ports: [{ target: 65_535 }] }],
    ["id", "ip", { id: "ip" }],
    ["id", "ip-port", { id: "ip-port" }],
    ["labels", "!x", { labels: { include: ["*"], exclude: ["x"] } }],
    ["labels", "a*, !x", { labels: { include: ["a*"], exclude: ["x"] } }],
    ["attributes", " ", { attributes: {} }],
    ["attributes", "a = b , c=d=e", { attributes: { a: "b", c: "d=e" } }],
  ])("%s of %j is understood", async (key, value, expected) => {
    const { claims } = await claimOf({ [`eks-cloudmap-sync/${key}`]: value });
    expect(claims).toMatchObject([expected]);
  });

  test.each([
    ["port", "0", "names port 0"],
    ["port", "65536", "names port 65536"],
    ["port", "80x80x80x80x80x80", 'has "80x80x80x80x80x80"'],
    ["port", "80,", 'has ""'],
    ["id", "name", 'is "name"; write ip or ip-port'],
    ["labels", "a b", 'has "a b"'],
    ["labels", "!!x", 'has "!!x"'],
    ["labels", "a,", 'has ""'],
    ["attributes", "a=", 'has "a="'],
    ["attributes", "=b", 'has "=b"'],
    ["attributes", "a", 'has "a"'],
    ["attributes", "a=b,a=c", "names a twice"],
    ["service", " ", "is empty; give it a value"],
  ])("%s of %j is wrong, and said to be", async (key, value, says) => {
    const { claims, broken } = await claimOf({ [`eks-cloudmap-sync/${key}`]: value });
    expect(claims).toEqual([]);
    expect(broken).toMatchObject([
      { problem: expect.stringContaining(`the annotation eks-cloudmap-sync/${key} ${says}`) },
    ]);
  });
});
