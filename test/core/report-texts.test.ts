import { expect, test } from "vitest";
import type { Change } from "../../functions/core/change.ts";
import { failedReport } from "../../functions/core/make-report.ts";
import type { Outcome } from "../../functions/core/ports.ts";
import { claim, claims, pod } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";

/** What a report says of what was not made. */

const web1 = pod();
const given = { pods: [web1], instances: { web: [] } };
const heldWhere = async (wanted: Partial<Parameters<typeof pass>[0]>) =>
  (await pass({ ...given, ...wanted })).report.services[0]?.held;

test("a pass that could not begin says why, and nothing else", () => {
  expect(failedReport("1.2.3", new Error("the document is no YAML"))).toEqual({
    version: "1.2.3",
    services: [],
    drift: { missing: 0, stale: 0, changed: 0, health: 0 },
    claims: [],
    otherClusters: [],
    namespaces: [],
    errors: ["the document is no YAML"],
    warnings: [],
    ok: false,
  });
});

test("a service that had no turn is unfinished as a whole", async () => {
  const remedy = "the time was up before its turn; the next pass goes on";
  expect(await heldWhere({ request: { deadline: 0 } })).toMatchObject([
    { kind: "claim", reason: "unfinished", remedy },
  ]);
});

test.each<[string, (change: Change) => Outcome, object]>([
  [
    "under way",
    (change) => ({ change, result: "pending" }),
    { reason: "pending", remedy: "Cloud Map still works on it; the next pass sees what became of it" },
  ],
  [
    "refused",
    (change) => ({ change, result: "refused", error: new Error("InvalidInput: too long") }),
    { reason: "invalid", remedy: "InvalidInput: too long" },
  ],
  [
    "not begun",
    (change) => ({ change, result: "not-begun" }),
    { reason: "unfinished", remedy: "it could not be begun yet; the next pass goes on" },
  ],
])("a registration that is %s is held, with what comes next", async (_, outcomeOf, expected) => {
  expect(await heldWhere({ hooks: { outcomeOf } })).toMatchObject([{ kind: "register", id: "10.0.0.1", ...expected }]);
});

test("pods that cannot be instances are told to their tenants, by Kubernetes namespace and name", async () => {
  const pods = [
    ["team-b", "web-1", "10.0.0.1"],
    ["team-a", "web-2", "10.0.0.2"],
    ["team-a", "web-1", "10.0.0.3"],
  ].map(([namespace = "", name = "", ip = ""]) => pod({ namespace, name, ip }));
  const made = ["team-a", "team-b"].map((from) =>
    claim({
      from,
      origin: { source: "services", rank: 1, name: `Service ${from}/web` },
      pods: { namespace: from, labelSelector: "app=web" },
      ports: ["http"],
    }),
  );
  const { report } = await pass({ pods, instances: { web: [] }, sources: [claims(...made)] });
  expect(report.claims.map(({ from, claim: name, reason }) => [from, name, reason])).toEqual([
    ["team-a", "Pod team-a/web-1", "invalid"],
    ["team-a", "Pod team-a/web-2", "invalid"],
    ["team-b", "Pod team-b/web-1", "invalid"],
  ]);
  expect(report.ok).toBe(true);
});
