import { describe, expect, test } from "vitest";
import type { NamespaceRead, SourceRead } from "../../functions/core/ports.ts";
import { resolveSubjects } from "../../functions/core/resolve.ts";
import type { Settings } from "../../functions/core/settings.ts";
import type { Subject } from "../../functions/core/subject.ts";
import { claim, claims, namespace, settings, sourceOf } from "../support/builders.ts";

describe("`allow`", () => {
  const rules = [
    { from: "team-a", services: ["team-a-*", "shared"] },
    { from: "team-b", services: ["*"] },
  ];

  test.each<[string | undefined, string, boolean]>([
    ["team-a", "team-a-web", true],
    ["team-a", "shared", true],
    ["team-a", "team-b-web", false],
    ["team-b", "anything", true],
    ["team-c", "shared", false],
    [undefined, "team-b-web", true],
  ])("a claim of %s for %s: %s", (from, name, isAllowed) => {
    const [found] = resolve([claims(claim({ from, service: name }))], { allow: rules });
    expect(found?.mappings).toHaveLength(isAllowed ? 1 : 0);
    expect(found?.problems.map(({ reason }) => reason)).toEqual(isAllowed ? [] : ["not-allowed"]);
  });

  test("without rules any namespace may claim any service", () => {
    const [found] = resolve([claims(claim({ from: "team-c" }))]);
    expect(found?.mappings).toHaveLength(1);
  });

  test("what is not allowed says which namespace, and what to do", () => {
    const [found] = resolve([claims(claim({ from: "team-c" }))], { allow: rules });
    expect(found?.problems[0]?.problem).toMatch(/team-c .*`allow`/);
  });

  test("one claim that is not allowed leaves the service's others alone", () => {
    const source = claims(claim({ from: "team-c" }), claim({ from: "team-b" }));
    const [found] = resolve([source], { allow: rules });
    expect([found?.mappings.length, found?.problems.length]).toEqual([1, 1]);
  });
});

describe("of more claims of a Kubernetes namespace than count", () => {
  const perNamespace = { claims: { perNamespace: 2 } };

  test("those of no known age come first, and of one age the first by name", () => {
    const source = claims(made("c", { createdAt: "2026-11-01T00:00:00Z" }), made("b"), made("a"));
    expect(resolve([source], perNamespace).map(({ key }) => key.service)).toEqual(["a", "b"]);
  });

  test("the rest is one line, of the namespace", () => {
    const source = claims(made("c"), made("b"), made("a"));
    const { strays } = resolveSubjects([source], [SHOP], settings(perNamespace));
    expect(strays).toMatchObject([{ reason: "too-many", claim: "the claims of team-a", from: "team-a" }]);
  });

  test("as many of the broken are told, of each namespace, and that there are more", () => {
    const from = ["team-a", "team-a", "team-a", "team-b"];
    const { strays } = resolveSubjects([brokenRead(from.map(brokenOf))], [SHOP], settings(perNamespace));
    expect(strays.filter(({ reason }) => reason === "invalid").map((one) => one.from)).toEqual([
      "team-a",
      "team-a",
      "team-b",
    ]);
    expect(strays.filter(({ reason }) => reason === "too-many")).toMatchObject([
      { from: "team-a", problem: expect.stringMatching(/makes 3 claims that cannot be understood.*first 2 are told/) },
    ]);
  });

  test("as many of those that are not allowed are told, and that there are more", () => {
    const source = claims(made("c"), made("b"), made("a"));
    const { strays, subjects } = resolveSubjects([source], [SHOP], settings({ ...perNamespace, allow: OTHERS }));
    expect(subjects.map(({ problems }) => problems.map(({ reason }) => reason))).toEqual([
      ["not-allowed"],
      ["not-allowed"],
    ]);
    expect(strays).toMatchObject([
      { reason: "too-many", problem: expect.stringMatching(/makes 3 claims that it may not make.*oldest 2 are told/) },
    ]);
  });
});

test("a broken claim of no known service is told of a namespace that may claim anything, else called not allowed", () => {
  const broken = ["team-a", "team-x"].map(brokenOf);
  const allow = [{ from: "team-a", services: ["web"] }];
  const { strays } = resolveSubjects([brokenRead(broken)], [SHOP], settings({ allow }));
  expect(strays.map(({ from, reason }) => [from, reason])).toEqual([
    ["team-a", "invalid"],
    ["team-x", "not-allowed"],
  ]);
});

const OTHERS = [{ from: "team-b", services: ["*"] }];

/** Without any service yet. */
const SHOP: NamespaceRead = { asked: "shop.local", read: { value: { namespace: namespace(), services: [] } } };

function resolve(sources: Parameters<typeof resolveSubjects>[0], wanted: Partial<Settings> = {}): readonly Subject[] {
  return resolveSubjects(sources, [SHOP], settings(wanted)).subjects;
}

function made(name: string, wanted: Parameters<typeof claim>[0] = {}) {
  return claim({ from: "team-a", service: name, origin: { source: "services", rank: 1, name }, ...wanted });
}

function brokenOf(from: string, index: number) {
  return {
    origin: { source: "services", rank: 1, name: `Service ${from}/${index}` },
    from,
    namespace: undefined,
    service: undefined,
    problem: "it has no selector",
  };
}

function brokenRead(broken: Extract<SourceRead, { state: "read" }>["broken"]): SourceRead {
  return { ...sourceOf("services"), state: "read", claims: [], broken };
}
