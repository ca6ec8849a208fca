import { describe, expect, test } from "vitest";
import {
  composeAttributes,
  CORE_KEYS,
  differingKeys,
  INIT_HEALTH_KEY,
  selectLabels,
} from "../../functions/core/attributes.ts";
import type { AttributeParts } from "../../functions/core/attributes.ts";
import type { Attributes } from "../../functions/core/model.ts";
import { lines, plan } from "../support/scene.ts";
import { instance, mapping, pod } from "../support/builders.ts";

const CORE = {
  "k8s.io/pod": "web-1",
  REGION: "eu-west-1",
  AVAILABILITY_ZONE: "eu-west-1a",
  AWS_INSTANCE_IPV4: "10.0.0.1",
};

describe("order: later rows win", () => {
  test("the mapping's over the pod's labels", () => {
    expect(attributesOf({ labels: { team: "label", app: "web" }, mapping: { team: "mapping" } })).toEqual({
      app: "web",
      team: "mapping",
    });
  });

  test("this tool's over both", () => {
    const theirs = { "k8s.io/pod": "hers", REGION: "mars" };
    expect(attributesOf({ labels: theirs, mapping: theirs, core: CORE })).toEqual(CORE);
  });

  test("this tool's over the mapping's too where a source adds keys of its own", () => {
    expect(
      attributesOf({ labels: { CLUSTER_ID: "b" }, mapping: { CLUSTER_ID: "c" }, core: { CLUSTER_ID: "a" } }),
    ).toEqual({
      CLUSTER_ID: "a",
    });
  });

  test("what others keep on the instance over all", () => {
    expect(
      attributesOf({ labels: { a: "1" }, mapping: { b: "2" }, core: CORE, carried: { a: "x", b: "y", REGION: "z" } }),
    ).toEqual({
      ...CORE,
      a: "x",
      b: "y",
      REGION: "z",
    });
  });

  test("keys are sorted", () => {
    expect(Object.keys(attributesOf({ labels: { b: "1", a: "1" }, core: CORE }))).toEqual([
      "AVAILABILITY_ZONE",
      "AWS_INSTANCE_IPV4",
      "REGION",
      "a",
      "b",
      "k8s.io/pod",
    ]);
  });
});

describe("tenants", () => {
  test.each([
    ...CORE_KEYS,
    "AWS_INSTANCE_PORT",
    "AWS_INSTANCE_CNAME",
    "AWS_ALIAS_DNS_NAME",
    "AWS_EC2_INSTANCE_ID",
    INIT_HEALTH_KEY,
  ])("never set %s, by a label or by a manifest's attributes", (key) => {
    expect(attributesOf({ labels: { [key]: "mine" } })).toEqual({});
    expect(attributesOf({ mapping: { [key]: "mine" } })).toEqual({});
  });

  test("may use keys that only look like those", () => {
    const labels = { AWSOME: "1", region: "1", "k8s.io/pods": "1", constructor: "1", toString: "1" };
    expect(attributesOf({ labels })).toEqual(labels);
  });
});

test("labels and attributes with an empty value are left out", () => {
  expect(composeAttributes({ ...NONE, labels: { canary: "" }, mapping: { team: "" } })).toEqual({
    attributes: {},
    dropped: [],
  });
});

describe("limits are kept by leaving out labels", () => {
  test("30 custom attributes, zones in the account even where they are not known yet", () => {
    const { attributes, dropped } = composed({ labels: numbered(40), core: { "k8s.io/pod": "web-1" } });
    expect(Object.keys(attributes)).toHaveLength(28);
    expect(dropped).toHaveLength(13);
    const known = composed({ labels: numbered(40), core: CORE });
    expect(Object.keys(known.attributes)).toEqual(expect.arrayContaining(Object.keys(attributes)));
    expect(known.dropped).toEqual(dropped);
  });

  test("keys beginning with AWS_ do not count as custom", () => {
    const addresses = { AWS_INSTANCE_IPV4: "10.0.0.1", AWS_INSTANCE_IPV6: "fd00::1", AWS_INSTANCE_PORT: "80" };
    expect(composed({ labels: numbered(28), core: addresses }).dropped).toEqual([]);
  });

  test("5,000 characters, the first health status in the account", () => {
    const labels = Object.fromEntries(Object.keys(numbered(20)).map((key) => [key, "x".repeat(500)]));
    const { attributes, dropped } = composed({ labels });
    const size = Object.entries(attributes).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    const reserved = "REGION".length + "AVAILABILITY_ZONE".length + 64 + INIT_HEALTH_KEY.length + "UNHEALTHY".length;
    expect(size + reserved).toBeLessThanOrEqual(5000);
    expect(size + reserved + 508).toBeGreaterThan(5000);
    expect(dropped.length).toBeGreaterThan(0);
  });

  test.each<[string, string, string]>([
    ["a key of more than 255 characters", "k".repeat(256), "x"],
    ["a value of more than 1,024", "key", "x".repeat(1025)],
    ["a value that is not ASCII", "key", "größe"],
    ["a value with a line break", "key", "a\nb"],
    ["a value with a space at its end", "key", "a "],
    ["a key with a space", "a key", "x"],
  ])("%s is left out, and told", (_, key, value) => {
    expect(composed({ labels: { [key]: value, app: "web" } })).toEqual({ attributes: { app: "web" }, dropped: [key] });
  });

  test("just within them it is kept", () => {
    const labels = { ["k".repeat(255)]: "x", key: "x".repeat(1024) };
    expect(composed({ labels }).attributes).toEqual(labels);
  });

  test("generated labels go first, then those with a prefix, then the others, each by name", () => {
    const labels = { ...numbered(26), "pod-template-hash": "x", "example.com/a": "x", "example.com/b": "x", zz: "x" };
    expect(composed({ labels }).dropped).toEqual(["example.com/b", "pod-template-hash"]);
    expect(composed({ labels: { ...labels, more: "x" } }).dropped).toEqual([
      "example.com/a",
      "example.com/b",
      "pod-template-hash",
    ]);
  });

  test("the order of the labels does not matter", () => {
    const entries = Object.entries(numbered(40));
    expect(composeAttributes({ ...NONE, labels: Object.fromEntries(entries.toReversed()) })).toEqual(
      composeAttributes({ ...NONE, labels: Object.fromEntries(entries) }),
    );
  });
});

describe("what is no label and cannot fit is a problem that names it", () => {
  test.each<[string, Partial<AttributeParts>, string]>([
    ["a mapping's key", { mapping: { "my key": "x" } }, '"my key"'],
    ["a mapping's value", { mapping: { team: "x".repeat(1025) } }, "team"],
    ["this tool's own value", { core: { CLUSTER_ID: "x".repeat(1025) } }, "CLUSTER_ID"],
    ["a mapping's attribute too many", { mapping: numbered(30), core: CORE }, "label-27"],
    ["this tool's own beside what others keep", { carried: numbered(30), core: { "k8s.io/pod": "x" } }, "k8s.io/pod"],
    [
      "more than 5,000 characters",
      {
        mapping: {
          a: "x".repeat(1024),
          b: "x".repeat(1024),
          c: "x".repeat(1024),
          d: "x".repeat(1024),
          e: "x".repeat(1024),
        },
      },
      "e",
    ],
  ])("%s", (_, parts, name) => {
    const result = composeAttributes({ ...NONE, ...parts });
    expect(result).toEqual({ problem: expect.stringContaining(name) as string });
  });

  test("what others keep is theirs to answer for, empty values too", () => {
    expect(attributesOf({ carried: { weight: "", note: "größe" } })).toEqual({ weight: "", note: "größe" });
  });
});

describe("labels.include and labels.exclude", () => {
  const labels = { app: "web", "team/app": "x", "pod-template-hash": "1" };

  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ["everything by default", ["*"], [], ["app", "team/app", "pod-template-hash"]],
    ["only what is included", ["app"], [], ["app"]],
    ["globs match anywhere", ["*app"], [], ["app", "team/app"]],
    ["exclusion wins", ["*"], ["team/*", "*-hash"], ["app"]],
    ["nothing", [], [], []],
    ["a dot is a dot", ["a.p"], [], []],
  ])("%s", (_, include, exclude, expected) => {
    expect(Object.keys(selectLabels(labels, { include, exclude }))).toEqual(expected);
  });

  test("a label that is not wanted any more is drift", () => {
    const planned = plan({
      pods: [pod()],
      instances: [instance()],
      settings: { labels: { include: [], exclude: [] } },
    });
    expect(planned.changes).toMatchObject([{ kind: "register", reason: "drifted", keys: ["app"] }]);
  });
});

test("differences are the keys in which two sets differ, sorted", () => {
  expect(differingKeys({ a: "1", b: "1", c: "1", d: "1" }, { b: "2", c: "1", e: "1", d: "2" }, ["d"])).toEqual([
    "a",
    "b",
    "e",
  ]);
  expect(differingKeys({}, { [INIT_HEALTH_KEY]: "HEALTHY" }, [])).toEqual([]);
});

test("what should be empty may be absent, and nothing else of it may differ", () => {
  expect(differingKeys({ a: "" }, {}, [])).toEqual([]);
  expect(differingKeys({ a: "" }, { a: "1" }, [])).toEqual(["a"]);
  expect(differingKeys({}, { a: "" }, [])).toEqual(["a"]);
});

test("an empty value of the tool's own is kept, a mapping's and a label's are not", () => {
  const parts = { labels: { label: "" }, mapping: { asked: "" }, core: { SERVICE_PORT_NAME: "" }, carried: {} };
  expect(composeAttributes(parts)).toEqual({ attributes: { SERVICE_PORT_NAME: "" }, dropped: [] });
});

test("nothing of an instance tells which version of this tool wrote it", () => {
  const [change] = plan({ pods: [pod()], mappings: [mapping({ ports: [80] })] }).changes;
  expect(change).toMatchObject({
    attributes: {
      AWS_INSTANCE_IPV4: "10.0.0.1",
      AWS_INSTANCE_PORT: "80",
      app: "web",
      "eks-cloudmap-sync/owner": "arn:aws:eks:eu-west-1:111122223333:cluster/prod",
      "k8s.io/namespace": "shop",
      "k8s.io/pod": "web-1",
    },
  });
  expect(lines(plan({ pods: [pod()], instances: [instance()] }))).toEqual([]);
});

const NONE: AttributeParts = { labels: {}, mapping: {}, core: {}, carried: {} };

function composed(parts: Partial<AttributeParts>): { attributes: Attributes; dropped: readonly string[] } {
  const result = composeAttributes({ ...NONE, ...parts });
  if ("problem" in result) throw new Error(result.problem);
  return result;
}

function attributesOf(parts: Partial<AttributeParts>): Attributes {
  return composed(parts).attributes;
}

function numbered(count: number): Attributes {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`label-${String(index).padStart(2, "0")}`, "x"]),
  );
}
