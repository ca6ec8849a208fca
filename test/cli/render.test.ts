import { expect, test } from "vitest";
import type { ReportedHeld } from "../../functions/core/report.ts";
import { renderReport } from "../../functions/cli/render.ts";
import { report, serviceReport } from "../support/reports.ts";

const PLAIN = { isColoured: false, width: undefined };

test("says that nothing is to be done where nothing differs", () => {
  const text = renderReport(report({ services: [serviceReport()] }), "plan", PLAIN);
  expect(text).toContain("namespace shop.local\nservice ");
  expect(text).toContain("In sync: Cloud Map matches the pods.");
});

const CHANGES = [
  { kind: "deregister", id: "10.0.0.3", reason: "pod-gone", pod: "shop/web-3" },
  {
    kind: "register",
    id: "10.0.0.5",
    reason: "missing",
    pod: "shop/web-5",
    attributes: { app: to("web"), tier: to("b") },
  },
  {
    kind: "register",
    id: "10.0.0.4",
    reason: "missing",
    pod: "shop/web-4",
    attributes: { app: to("web"), tier: to("a") },
  },
  {
    kind: "register",
    id: "10.0.0.2",
    reason: "drifted",
    pod: "shop/web-2",
    keys: ["team", "version"],
    attributes: { team: { from: "a", to: "b" }, version: { from: "1", to: null } },
  },
  { kind: "set-health", id: "10.0.0.6", reason: "pod-not-ready", pod: "shop/web-6" },
] as const;

test("a plan reads in the order in which it happens, each change with its pod, its reason and its attributes", () => {
  const creates = { records: ["A"], health: "none", ttl: 60 } as const;
  const drift = { missing: 2, stale: 1, changed: 1, health: 1 };
  const text = renderReport(report({ services: [serviceReport({ changes: CHANGES, creates })], drift }), "plan", PLAIN);
  expect(text.split("\n")).toEqual([
    "namespace shop.local",
    "service  desired  ours  +  ~  -  held  state",
    "web            1     1  3  2  1     0  differs",
    "",
    "+ create   ~ update   - remove   ! held: not made   ours: of this owner",
    "",
    "shop.local/web",
    "  + create this service: A records, TTL 60 s, no health check",
    "  + register 10.0.0.5 (shop/web-5): its pod is ready",
    "      tier=b",
    "  + register 10.0.0.4 (shop/web-4): its pod is ready",
    "      tier=a",
    "      each with app=web",
    "  ~ update 10.0.0.2 (shop/web-2): its attributes differ",
    '      team: "a" → "b"',
    '      version: "1" → (none)',
    "  ~ update 10.0.0.6 (shop/web-6): marked unhealthy, its pod is not ready",
    "  - remove 10.0.0.3 (shop/web-3): its pod is gone",
    "",
    "Plan: 3 to create (1 service, 2 instances), 2 to update, 1 to remove. `apply` would make these 6 changes.",
    "",
  ]);
});

test("apply tells what it has made", () => {
  const changes = CHANGES.map((change) => ({ ...change, attributes: {} }));
  const text = renderReport(report({ services: [serviceReport({ changes })] }), "apply", PLAIN);
  expect(text).toContain("~ updated 10.0.0.2 (shop/web-2)");
  expect(text).toContain("Applied: 2 created, 2 updated, 1 removed.");
});

test("counts what is too much to read, and never hides a failure", () => {
  const changes = Array.from({ length: 300 }, (_, index) => {
    const change = { kind: "register", id: `10.0.1.${index}`, reason: "missing", pod: null } as const;
    return index === 299 ? { ...change, error: "denied" } : change;
  });
  const removal = { kind: "deregister", id: "10.0.9.9", reason: "pod-gone", pod: null } as const;
  const text = renderReport(report({ services: [serviceReport({ changes: [...changes, removal] })] }), "plan", PLAIN);
  expect(text.match(/\+ register/g)).toHaveLength(26);
  expect(text).toContain("+ register 10.0.1.299: its pod is ready failed: denied");
  expect(text).toContain("- remove 10.0.9.9: its pod is gone");
  expect(text).toContain("  … and 274 more to create (--output json has all)");
});

test("tells what failed for all services once", () => {
  const errors = ["no namespace"];
  const text = renderReport(
    report({ services: [serviceReport({ error: "no namespace" })], errors, ok: false }),
    "plan",
    PLAIN,
  );
  expect(text.match(/no namespace/g)).toHaveLength(1);
  expect(text).toContain("Something failed");
  expect(text).not.toContain("In sync");
});

test("tells holds of one reason once: why the change would be made, and what releases it", () => {
  const held = Array.from({ length: 12 }, (_, index) => hold({ id: `10.0.0.${index}`, pod: null }));
  const text = renderReport(report({ services: [serviceReport({ held })] }), "plan", PLAIN);
  expect(text.match(/held \(guard\)/g)).toHaveLength(1);
  expect(text).toContain(
    "  ! held (guard): remove 12 instances: their pods still run, but no mapping chooses them\n      check the selector\n      10.0.0.0\n      10.0.0.1\n",
  );
  expect(text).toContain("      10.0.0.9\n      … and 2 more (--output json has all)\n");
  expect(text).toContain("! held: not made");
  expect(text).toContain("Plan: 0 to create, 0 to update, 0 to remove, 12 held.");
});

test("says of what a policy holds how many changes of each kind there would be, and counts none twice", () => {
  const because = { reason: "policy", remedy: "the policy is dry-run; set it to sync to let this happen" } as const;
  const held = [hold({ ...because, kind: "register", why: "missing" }), hold(because), hold({})];
  const text = renderReport(report({ services: [serviceReport({ held })] }), "apply", PLAIN);
  expect(text).toContain(
    "Applied: 0 created, 0 updated, 0 removed, 3 held (by the policy: 1 to create, 1 to remove). The line",
  );
});

test.each([
  [{ foreign: 1 }, "1, which this configuration leaves alone"],
  [{ foreign: 2 }, "2, which this configuration leaves alone"],
  [{ foreign: 3, takeOver: 3 }, "3, to be taken over or removed"],
  [{ foreign: 5, takeOver: 2 }, "5, of which 2 to be taken over or removed; it leaves the rest alone"],
])("says what others have in a service: %j", (others, said) => {
  const text = renderReport(report({ services: [serviceReport(others)] }), "plan", PLAIN);
  expect(text).toContain(`shop.local/web\n  others: ${said}\n`);
  expect(text).toContain(`web            1     1       ${others.foreign}  0  0  0     0  in sync\n`);
});

test.each([
  ["plan", { held: [hold({})], changes: CHANGES }, "differs, held"],
  ["apply", { held: [hold({})], changes: CHANGES }, "changed, held"],
  ["plan", { held: [hold({})] }, "held"],
  ["plan", { held: [hold({ reason: "source-failed", isFailure: true })], changes: CHANGES }, "failed"],
] as const)("in a %s no state hides another: %#", (verb, service, state) => {
  const text = renderReport(report({ services: [serviceReport(service)] }), verb, PLAIN);
  expect(text).toMatch(new RegExp(`\\nweb .* {2}${state}\\n`));
});

test("says which of what is held is a failure", () => {
  const held = [hold({ reason: "source-failed", isFailure: true })];
  const text = renderReport(report({ services: [serviceReport({ held })], ok: false }), "plan", PLAIN);
  expect(text).toContain("! held (source-failed), a failure: remove 10.0.0.1 (shop/web-1)");
  expect(text).toContain("Something failed: see above");
});

test("what failed is not counted as applied", () => {
  const changes = CHANGES.map((change) => ({ ...change, error: "denied" }));
  const services = [serviceReport({ changes, error: "denied" }), serviceReport({ service: "old", deleted: true })];
  const text = renderReport(report({ services, ok: false }), "apply", PLAIN);
  expect(text).toContain("web            1     1  0  0  0     0  failed");
  expect(text).toContain("Applied: 0 created, 0 updated, 1 removed (1 service, 0 instances).");
});

test("what failed for all services comes before claims that are held", () => {
  const claims = [{ reason: "invalid", claim: "Service shop/a", from: "shop", service: null, problem: "no" }] as const;
  const text = renderReport(report({ claims, errors: ["no namespace"], ok: false }), "plan", PLAIN);
  expect(text.indexOf("error: no namespace")).toBeLessThan(text.indexOf("! held (invalid)"));
  expect(text).toContain("error: no namespace");
});

test("does not offer --force for what it does not concern", () => {
  const held = [hold({ reason: "foreign", kind: "register", why: "missing", remedy: "remove it there" })];
  const text = renderReport(report({ services: [serviceReport({ held })] }), "apply", PLAIN);
  expect(text).toContain("! held (foreign): register 10.0.0.1 (shop/web-1): its pod is ready\n      remove it there");
  expect(text).not.toContain("--force");
});

test("tells failures of services, of changes and of the whole", () => {
  const changes = [{ kind: "register", id: "10.0.0.1", reason: "missing", pod: null, error: "denied" }] as const;
  const services = [serviceReport({ changes }), serviceReport({ service: "api", error: "cannot be listed" })];
  const text = renderReport(
    report({ services, errors: ["no namespace"], warnings: ["no zones"], ok: false }),
    "apply",
    PLAIN,
  );
  expect(text).toContain("+ register 10.0.0.1: its pod is ready failed: denied");
  expect(text).toContain("shop.local/api\n  failed: cannot be listed");
  expect(text).toContain("warning: no zones");
  expect(text).toContain("error: no namespace");
  expect(text).toContain("Something failed");
});

test("lets nothing that a server wrote steer the terminal", () => {
  const text = renderReport(report({ errors: ["a\u001b[2Jb\rc\u009bd"], ok: false }), "plan", PLAIN);
  expect(text).toContain("error: a [2Jb c d");
});

test("colours only where told to", () => {
  const errors = ["broken"];
  expect(renderReport(report({ errors, ok: false }), "plan", { ...PLAIN, isColoured: true })).toContain("\u001b[");
  expect(renderReport(report({ errors, ok: false }), "plan", PLAIN)).not.toContain("\u001b[");
});

function hold(wanted: Partial<ReportedHeld>): ReportedHeld {
  return {
    kind: "deregister",
    id: "10.0.0.1",
    reason: "guard",
    why: "unselected",
    pod: "shop/web-1",
    remedy: "check the selector",
    isFailure: false,
    ...wanted,
  };
}

test("what was forced in the plan needs the same of apply", () => {
  const warnings = ["forced: shop.local/web would lose its last living pods"];
  const changes = [{ kind: "deregister", id: "10.0.0.1", reason: "unselected", pod: "shop/web-1" }] as const;
  const text = renderReport(report({ services: [serviceReport({ changes })], warnings }), "plan", PLAIN);
  expect(text).toContain("`apply --force` would make this change.");
});

function to(value: string) {
  return { from: null, to: value };
}
