import { describe, expect, test } from "vitest";
import { reportOf } from "../../functions/core/make-report.ts";
import type { Result } from "../../functions/core/report-service.ts";
import type { Change, Held, HeldReason } from "../../functions/core/change.ts";
import type { Plan, Proposal } from "../../functions/core/plan.ts";
import { claim, claims, instance, pod, subject } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";
import { done } from "../support/memory-world.ts";

describe("the report of a pass", () => {
  test("a dry run tells each attribute's old and new value, and what a missing service is to be created as", async () => {
    const pods = [
      pod({ name: "web-1", ip: "10.0.0.1" }),
      pod({ name: "web-2", ip: "10.0.0.2", labels: { app: "web" } }),
    ];
    const drifted = instance({ id: "10.0.0.2", pod: "web-2", attributes: { app: "old", tier: "b" } });
    const known = await pass({ pods, instances: { web: [drifted] }, request: { dryRun: true } });
    const [created, changed] = known.report.services[0]?.changes ?? [];
    expect(created?.attributes).toMatchObject({ AWS_INSTANCE_IPV4: { from: null, to: "10.0.0.1" } });
    expect(changed?.attributes).toMatchObject({ app: { from: "old", to: "web" }, tier: { from: "b", to: null } });
    expect(known.report.services[0]).not.toHaveProperty("creates");
    const missing = await pass({ pods, sources: [claims(claim({ service: "new" }))], request: { dryRun: true } });
    expect(missing.report.services).toMatchObject([{ service: "new", creates: { records: ["A"], health: "none" } }]);
  });

  test("has the shape that scripts rely on", async () => {
    const pods = [
      pod({ name: "web-1", ip: "10.0.0.1" }),
      pod({ name: "web-2", ip: "10.0.0.2", labels: { app: "web", tier: "new" } }),
      pod({ name: "web-5", ip: "10.0.0.5" }),
    ];
    const instances = [
      instance({ id: "10.0.0.2", pod: "web-2" }),
      instance({ id: "10.0.0.3", pod: "web-3" }),
      instance({ id: "10.0.0.5", pod: "web-5", owner: "other" }),
    ];
    const { report } = await pass({
      pods,
      instances: { web: instances },
      hooks: {
        now: () => Date.parse("2026-11-01T08:00:30Z"),
        outcomeOf: (change) => done(change, Date.parse("2026-11-01T08:00:07.5Z")),
      },
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual({
      version: "0.0.0",
      services: [
        {
          namespace: "shop.local",
          service: "web",
          podNamespaces: ["shop"],
          desired: 3,
          registered: 2,
          foreign: 1,
          changes: [
            { kind: "register", id: "10.0.0.1", reason: "missing", pod: "shop/web-1", seconds: 2.5 },
            { kind: "register", id: "10.0.0.2", reason: "drifted", pod: "shop/web-2", keys: ["tier"] },
            { kind: "deregister", id: "10.0.0.3", reason: "pod-gone", pod: "shop/web-3" },
          ],
          held: [
            {
              kind: "register",
              id: "10.0.0.5",
              reason: "foreign",
              why: "missing",
              pod: "shop/web-5",
              remedy: expect.stringContaining("owner other;") as string,
              isFailure: false,
            },
          ],
          error: null,
        },
      ],
      drift: { missing: 2, stale: 1, changed: 1, health: 0 },
      claims: [],
      otherClusters: [],
      namespaces: [{ namespace: "shop.local", instances: 3, swept: true }],
      errors: [],
      warnings: [],
      ok: true,
    });
  });

  test("counts what is ours after the pass; in a dry run before it", async () => {
    const given = {
      pods: [pod()],
      instances: { web: [instance({ id: "10.0.0.8", pod: "web-8" }), instance({ id: "10.0.0.9", pod: "web-9" })] },
    };
    expect((await pass(given)).report.services[0]?.registered).toBe(1);
    expect((await pass({ ...given, request: { dryRun: true } })).report.services[0]?.registered).toBe(2);
  });

  test("says how many of others are to be taken over, and counts them as ours once they are", async () => {
    const left = { owner: undefined, cluster: undefined, attributes: { "appmesh.k8s.aws/mesh": "shop" } };
    const instances = [
      instance({ id: "10.0.0.1", pod: "web-1", ...left }),
      instance({ id: "10.0.0.9", pod: "web-9", ...left }),
      instance({ id: "10.0.0.7", owner: "other" }),
    ];
    const given = { pods: [pod()], instances: { web: instances } };
    const serviceOf = async (appMesh: "live" | "exclusive", dryRun: boolean) => {
      const { report } = await pass({
        ...given,
        settings: { adopt: { appMesh, externalDns: "off" } },
        request: { dryRun },
      });
      return report.services[0];
    };
    expect(await serviceOf("live", true)).toMatchObject({ registered: 0, foreign: 3, takeOver: 1 });
    expect(await serviceOf("exclusive", true)).toMatchObject({ registered: 0, foreign: 3, takeOver: 2 });
    const live = await serviceOf("live", false);
    expect(live).toMatchObject({ registered: 1, foreign: 2 });
    expect(live).not.toHaveProperty("takeOver");
    expect(await serviceOf("exclusive", false)).toMatchObject({ registered: 1, foreign: 1 });
  });

  test("leaves services out that nobody claims and where nothing of ours is", async () => {
    const foreign = instance({ id: "10.0.0.7", owner: "other" });
    const { report } = await pass({ pods: [pod()], instances: { web: [], theirs: [foreign] } });
    expect(report.services.map(({ service }) => service)).toEqual(["web"]);
  });

  test("tells a claim outside the namespaces with the names that it asked for", async () => {
    const sources = [
      claims(
        claim({
          namespace: "other.local",
          from: "shop",
          origin: { source: "services", rank: 1, name: "Service shop/web" },
        }),
      ),
    ];
    const { report } = await pass({ pods: [pod()], instances: {}, sources });
    expect(report).toMatchObject({
      ok: true,
      services: [
        {
          namespace: "other.local",
          service: "web",
          held: [{ kind: "claim", id: "Service shop/web", reason: "not-allowed" }],
        },
      ],
    });
  });
});

describe("drift", () => {
  const register = {
    kind: "register",
    id: "10.0.0.1",
    pod: undefined,
    attributes: {},
    health: undefined,
    keys: [],
    since: "",
  } as const;
  const cases: readonly [Change, string][] = [
    [{ ...register, reason: "missing" }, "missing"],
    [{ ...register, reason: "drifted" }, "changed"],
    [{ ...register, reason: "adopted" }, "changed"],
    [{ kind: "deregister", id: "10.0.0.1", pod: undefined, reason: "pod-gone" }, "stale"],
    [{ kind: "set-health", id: "10.0.0.1", pod: undefined, health: "HEALTHY", reason: "ready" }, "health"],
  ];

  test.each(cases)("$kind $reason counts as %s, made or held", (change, counted) => {
    expect(driftOf([change], [])[counted]).toBe(1);
    const held: Held = { kind: change.kind, id: change.id, pod: undefined, reason: "guard", remedy: "", change };
    expect(driftOf([], [held])[counted]).toBe(1);
  });

  test("counts pods that cannot be instances as missing, and claims not at all", () => {
    expect(driftOf([], [{ ...heldAs("invalid"), kind: "register" }])).toEqual({
      missing: 1,
      stale: 0,
      changed: 0,
      health: 0,
    });
    expect(driftOf([], [heldAs("not-allowed")])).toEqual({ missing: 0, stale: 0, changed: 0, health: 0 });
  });
});

const TENANTS: readonly HeldReason[] = ["not-allowed", "ambiguous", "invalid", "too-many", "no-service"];

test.each<[HeldReason, boolean]>([
  ["policy", true],
  ["foreign", true],
  ["other-cluster", true],
  ["source-absent", true],
  ["guard", true],
  ["waiting", true],
  ["contested", true],
  ["quota", true],
  ["pending", true],
  ["unfinished", false],
  ["source-failed", false],
  ...TENANTS.map((reason): [HeldReason, boolean] => [reason, true]),
])("a pass in which something is held because of %s is ok: %s", (reason, ok) => {
  expect(report([resultOf([], [heldAs(reason)])]).ok).toBe(ok);
});

test.each(TENANTS)("what is %s in the operator's own document is a failure", (reason) => {
  expect(report([resultOf([], [{ ...heldAs(reason), isOperators: true }])]).ok).toBe(false);
});

test("a pass with an error is not ok; one with a warning is", () => {
  expect(report([], { errors: ["no"] }).ok).toBe(false);
  expect(report([], { warnings: ["hm"] })).toMatchObject({ ok: true, warnings: ["hm"] });
});

test("of several failures of one service the report has the first, and how many more", () => {
  const change: Change = { kind: "deregister", id: "10.0.0.1", pod: undefined, reason: "pod-gone" };
  const outcomes = ["a", "b", "b", "c"].map((message) => ({
    change,
    result: "failed" as const,
    error: new Error(message),
  }));
  expect(report([{ ...resultOf([change], []), outcomes }]).services[0]?.error).toBe("a (and 2 more)");
});

function report(results: readonly Result[], also: { errors?: readonly string[]; warnings?: readonly string[] } = {}) {
  const nothing = { version: "0.0.0", claims: [], others: [], namespaces: [], errors: [], warnings: [] } as const;
  return reportOf({ ...nothing, results, pass: { dryRun: false, isLate: false }, ...also });
}

function resultOf(changes: readonly Change[], held: readonly Held[]): Result {
  const one = subject();
  const proposals = changes.map((change) => proposalOf(change));
  const plan: Plan = { key: one.key, proposals, held, desired: 0, ours: [], foreign: 0, warnings: [] };
  const decided = { changes, held, forced: [] };
  return { subject: one, before: 0, first: plan, plan, decided, outcomes: [], last: [], waiting: [] };
}

function proposalOf(change: Change): Proposal {
  return { change, instance: undefined, isMine: true, mapping: undefined, policy: "sync" };
}

function driftOf(changes: readonly Change[], held: readonly Held[]): Readonly<Record<string, number>> {
  return report([resultOf(changes, held)]).drift;
}

function heldAs(reason: HeldReason): Held {
  return { kind: "claim", id: "x", pod: undefined, reason, remedy: "", change: undefined };
}
