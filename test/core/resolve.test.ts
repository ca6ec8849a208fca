import { describe, expect, test } from "vitest";
import type { BrokenClaim } from "../../functions/core/claim-problem.ts";
import type { Claim } from "../../functions/core/model.ts";
import type { NamespaceRead, SourceRead } from "../../functions/core/ports.ts";
import { readFailures, resolveSubjects } from "../../functions/core/resolve.ts";
import type { Subject } from "../../functions/core/subject.ts";
import type { Settings } from "../../functions/core/settings.ts";
import { claim, claims, namespace, service, settings } from "../support/builders.ts";

const shop = namespace();
const backup = namespace({ id: "ns-2", name: "backup.local" });
const namesake = namespace({ id: "ns-3", name: shop.name });
const readAs = (asked: string, read = shop, services: readonly string[] = []): NamespaceRead => ({
  asked,
  read: { value: { namespace: read, services: services.map((name) => service({ name, namespace: read })) } },
});
const unreadable: NamespaceRead = { asked: "gone.local", read: { failure: new Error("gone.local does not exist") } };

describe("the namespace of a claim", () => {
  test.each<[string, Partial<Claim>, NamespaceRead[], string]>([
    ["is the only one where it names none", {}, [readAs("shop.local")], "shop.local/web"],
    [
      "may be its name",
      { namespace: "shop.local" },
      [readAs("ns-1"), readAs("backup.local", backup)],
      "shop.local/web",
    ],
    ["may be its id", { namespace: "ns-1" }, [readAs("shop.local"), readAs("backup.local", backup)], "shop.local/web"],
    ["may be its ARN", { namespace: shop.arn }, [readAs("shop.local")], "shop.local/web"],
    [
      "is called by its id where two share a name",
      { namespace: "ns-3" },
      [readAs("ns-1"), readAs("ns-3", namesake)],
      "ns-3/web",
    ],
    [
      "may be configured in two ways",
      { namespace: "shop.local" },
      [readAs("shop.local"), readAs("ns-1")],
      "shop.local/web",
    ],
    [
      "is the only one that is configured, in however many ways",
      {},
      [readAs("shop.local"), readAs("ns-1")],
      "shop.local/web",
    ],
  ])("%s", (_, wanted, namespaces, expected) => {
    const [found, ...others] = claimed(resolve([claims(claim(wanted))], namespaces));
    expect(others).toEqual([]);
    expect(`${found?.key.namespace}/${found?.key.service}`).toBe(expected);
    expect(found?.mappings).toHaveLength(1);
  });

  test.each<[string, Partial<Claim>, NamespaceRead[], object]>([
    [
      "outside the configuration's is not allowed",
      { namespace: "other.local" },
      [readAs("shop.local")],
      { reason: "not-allowed", problem: expect.stringContaining("other.local") },
    ],
    [
      "must be named among several",
      {},
      [readAs("shop.local"), readAs("backup.local", backup)],
      { reason: "invalid", problem: expect.stringContaining("name the one") },
    ],
    [
      "must be named by its id where two share a name",
      { namespace: "shop.local" },
      [readAs("ns-1"), readAs("ns-3", namesake)],
      { reason: "invalid", problem: expect.stringContaining("name the id") },
    ],
  ])("%s", (_, wanted, namespaces, expected) => {
    const [found, ...others] = resolve([claims(claim({ from: "shop", ...wanted }))], namespaces);
    expect(others).toEqual([]);
    expect(found?.mappings).toEqual([]);
    expect(found?.problems).toMatchObject([{ claim: "mappings[0]", from: "shop", service: "web", ...expected }]);
    expect(found?.mistakes).toEqual([]);
  });

  test("outside the configuration's is the operator's mistake where the document says so", () => {
    const [found] = resolve([claims(claim({ namespace: "other.local" }))], [readAs("shop.local")]);
    expect(found).toMatchObject({ mappings: [], problems: [], mistakes: [{ reason: "not-allowed" }] });
  });

  test("that cannot be read is its service's failure", () => {
    const [found] = resolve([claims(claim({ namespace: "gone.local" }))], [unreadable, readAs("shop.local")]);
    expect(found).toMatchObject({
      key: { namespace: "gone.local", service: "web" },
      namespace: { failure: { message: "gone.local does not exist" } },
    });
  });
});

test.each(["bad name!!", "a..b", ""])(
  "a claim for %j, which is no service's name, is a problem that says what to write",
  (service) => {
    const [found] = resolve([claims(claim({ from: "shop", service }))], [readAs("shop.local")]);
    expect(found?.mappings).toEqual([]);
    expect(found?.problems).toMatchObject([
      { reason: "invalid", problem: expect.stringContaining("letters, digits") as string },
    ]);
  },
);

describe("a claim that cannot be understood", () => {
  test("is a problem of its service, and the other claims go on", () => {
    const [found] = resolve([claims(claim()), broken()], [readAs("shop.local")]);
    expect(found?.mappings).toHaveLength(1);
    expect(found?.problems).toMatchObject([
      { claim: "Service shop/web", reason: "invalid", problem: "it has no selector" },
    ]);
  });

  test("of somebody who may not claim it is not allowed, broken or not", () => {
    const allow = [{ from: "team-a", services: ["*"] }];
    expect(resolve([broken()], [readAs("shop.local")], { allow })[0]?.problems).toMatchObject([
      { reason: "not-allowed" },
    ]);
    expect(resolve([broken({ namespace: "other.local" })], [readAs("shop.local")])[0]).toMatchObject({
      namespace: undefined,
      problems: [{ reason: "not-allowed" }],
    });
  });

  test("is no failure of the pass, its service known or not", () => {
    const sources = [broken({ service: undefined })];
    expect(resolveSubjects(sources, [readAs("shop.local")], settings())).toMatchObject({
      subjects: [],
      strays: [{ claim: "Service shop/web", from: "shop", reason: "invalid", service: undefined }],
    });
    expect(readFailures([...sources, broken()], [])).toEqual([]);
  });
});

test("services are sorted, and so are their mappings: by precedence, then by name", () => {
  const subjects = resolve(
    [claims(virtualNode("b"), virtualNode("a")), claims(claim({ service: "web" }), claim({ service: "api" }))],
    [readAs("shop.local", shop, ["zoo"])],
  );
  expect(subjects.map(({ key }) => key.service)).toEqual(["api", "web", "zoo"]);
  expect(subjects[0]?.mappings.map(({ origin }) => origin.name)).toEqual(["mappings[0]", "a", "b"]);
});

test("services that nobody claims are known too, without mappings", () => {
  expect(resolve([], [readAs("shop.local", shop, ["old"])])).toMatchObject([
    { key: { service: "old" }, namespace: { value: shop }, mappings: [], problems: [], mistakes: [], service: {} },
  ]);
});

test("what is wrong with a broken claim itself is told before that it names no namespace of several", () => {
  expect(resolve([broken()], [readAs("shop.local"), readAs("backup.local", backup)])[0]?.problems).toMatchObject([
    { reason: "invalid", service: "web", problem: "it has no selector" },
  ]);
});

test.each<[string, SourceRead, string[]]>([
  [
    "a source that failed",
    { source: "virtualNodes", rank: 2, state: "failed", error: new Error("forbidden") },
    ["forbidden"],
  ],
  [
    "a source that is absent, and must be there",
    { source: "virtualNodes", rank: 2, state: "absent", error: new Error("absent") },
    ["absent"],
  ],
  [
    "a source that failed, and may: silence",
    { source: "virtualNodes", rank: 2, state: "failed", error: new Error("forbidden"), isOptional: true },
    [],
  ],
  [
    "a source that is absent, and may be: silence",
    { source: "virtualNodes", rank: 2, state: "absent", error: undefined },
    [],
  ],
  ["a source that was read", claims(claim()), []],
])("%s", (_, source, expected) => {
  expect(readFailures([source], [readAs("shop.local")])).toEqual(expected);
});

test("a namespace that cannot be read is a failure of the pass", () => {
  expect(readFailures([], [unreadable])).toEqual(["gone.local does not exist"]);
});

function resolve(
  sources: readonly SourceRead[],
  namespaces: readonly NamespaceRead[],
  wanted: Partial<Settings> = {},
): readonly Subject[] {
  return resolveSubjects(sources, namespaces, settings(wanted)).subjects;
}

function claimed(subjects: readonly Subject[]): readonly Subject[] {
  return subjects.filter(({ mappings }) => mappings.length > 0);
}

function broken(wanted: Partial<BrokenClaim> = {}): SourceRead {
  return {
    source: "services",
    rank: 1,
    state: "read",
    claims: [],
    broken: [
      {
        origin: { source: "services", rank: 1, name: "Service shop/web" },
        from: "shop",
        namespace: undefined,
        service: "web",
        problem: "it has no selector",
        ...wanted,
      },
    ],
  };
}

function virtualNode(name: string): Claim {
  return claim({ service: "api", origin: { source: "virtualNodes", rank: 2, name } });
}
