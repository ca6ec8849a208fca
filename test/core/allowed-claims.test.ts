import { describe, expect, test } from "vitest";
import type { NamespaceRead } from "../../functions/core/ports.ts";
import { resolveSubjects } from "../../functions/core/resolve.ts";
import type { Settings } from "../../functions/core/settings.ts";
import type { Subject } from "../../functions/core/subject.ts";
import { claim, claims, namespace, settings } from "../support/builders.ts";

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

/** In a namespace without any service yet. */
function resolve(sources: Parameters<typeof resolveSubjects>[0], wanted: Partial<Settings> = {}): readonly Subject[] {
  const read: NamespaceRead = { asked: "shop.local", read: { value: { namespace: namespace(), services: [] } } };
  return resolveSubjects(sources, [read], settings(wanted)).subjects;
}
