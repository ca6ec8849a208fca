import { describe, expect, test } from "vitest";
import type { Scope } from "../../functions/core/model.ts";
import { isInScope } from "../../functions/core/subject.ts";
import { mapping, namespace, subject } from "../support/builders.ts";

describe("a scope", () => {
  const web = subject({
    mappings: [
      mapping({ pods: { namespace: "shop", labelSelector: "" } }),
      mapping({ pods: { namespace: "team-b", labelSelector: "" } }),
    ],
  });
  const orphan = subject({ mappings: [] });

  test.each<[Scope, boolean, boolean]>([
    [{ kind: "all" }, true, true],
    [{ kind: "service", service: "web", namespace: undefined }, true, true],
    [{ kind: "service", service: "web", namespace: "shop.local" }, true, true],
    [{ kind: "service", service: "web", namespace: "ns-1" }, true, true],
    [{ kind: "service", service: "web", namespace: namespace().arn }, true, true],
    [{ kind: "service", service: "web", namespace: "other.local" }, false, false],
    [{ kind: "service", service: "api", namespace: undefined }, false, false],
    [{ kind: "namespace", namespace: "shop" }, true, false],
    [{ kind: "namespace", namespace: "team-b" }, true, false],
    [{ kind: "namespace", namespace: "shop.local" }, false, false],
    [{ kind: "node", node: "i-0123" }, true, false],
  ])("%j means a claimed service: %s, and one that nobody claims: %s", (scope, isClaimedMeant, isOrphanMeant) => {
    expect(isInScope(web, [scope])).toBe(isClaimedMeant);
    expect(isInScope(orphan, [scope])).toBe(isOrphanMeant);
  });

  test("several mean what any of them means", () => {
    const api: Scope = { kind: "service", service: "api", namespace: undefined };
    expect(isInScope(web, [api, { kind: "namespace", namespace: "shop" }])).toBe(true);
    expect(isInScope(web, [api])).toBe(false);
    expect(isInScope(web, [])).toBe(false);
  });
});
