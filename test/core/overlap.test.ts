import { expect, test } from "vitest";
import type { Scope } from "../../functions/core/model.ts";
import { instance, OWNER, pod } from "../support/builders.ts";
import { exploreInterleavings } from "../support/interleavings.ts";
import { createScenario, RESIDUALS } from "../support/overlap-model.ts";
import type { Findings, Reading, Run, Story } from "../support/overlap-model.ts";

/**
 * A model of overlapping passes: the real core over ports in memory, every order of their calls and of what happens to the
 * pods meanwhile. It shows that reading the registry before the pods makes overlap safe without a lock, and what remains.
 */

const OTHER = "arn:aws:eks:eu-west-1:111122223333:cluster/other";
const WEB: readonly Scope[] = [{ kind: "service", service: "web", namespace: undefined }];
const full: Run = { owner: OWNER, scopes: [{ kind: "all" }], sweep: true };
const scoped: Run = { owner: OWNER, scopes: WEB, sweep: false };
const others: Run = { ...full, owner: OTHER };

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const web2 = pod({ name: "web-2", ip: "10.0.0.2" });
const both = [instance({ id: "10.0.0.1", pod: "web-1" }), instance({ id: "10.0.0.2", pod: "web-2" })];
/** Of another namespace: without it the cluster would be empty, and the guard would hold everything. */
const system = pod({ name: "coredns", namespace: "kube-system", ip: "10.0.0.250" });
const theirs = pod({ name: "web-7", ip: "10.9.0.7" });

const TURNS_READY: Omit<Story, "runs"> = {
  pods: { [OWNER]: [web1, { ...web2, state: "not-ready" }], [OTHER]: [theirs] },
  instances: { web: both },
  events: [{ kind: "turns-ready", name: "web-2" }],
};

const NEW_IP: Omit<Story, "runs"> = {
  pods: { [OWNER]: [web1], [OTHER]: [] },
  instances: { web: both.slice(0, 1) },
  events: [
    { kind: "comes", pod: web2 },
    { kind: "dies", name: "web-2" },
  ],
};

const STORIES: Readonly<Record<string, Omit<Story, "runs">>> = {
  "a pod dies and another gets its IP": {
    pods: { [OWNER]: [web1, web2], [OTHER]: [theirs] },
    instances: { web: both },
    events: [
      { kind: "dies", name: "web-1" },
      { kind: "comes", pod: pod({ name: "web-3", ip: "10.0.0.1" }) },
    ],
  },
  "a pod dies, its IP goes to another, which dies as well": {
    pods: { [OWNER]: [web1, system], [OTHER]: [] },
    instances: { web: both.slice(0, 1) },
    events: [
      { kind: "dies", name: "web-1" },
      { kind: "comes", pod: pod({ name: "web-3", ip: "10.0.0.1" }) },
      { kind: "dies", name: "web-3" },
    ],
  },
  "an unready pod turns ready": TURNS_READY,
  "a pod comes at a new IP and dies": NEW_IP,
  "a StatefulSet's pod returns at another IP": {
    pods: { [OWNER]: [web1, web2], [OTHER]: [] },
    instances: { web: both },
    events: [
      { kind: "dies", name: "web-1" },
      { kind: "comes", pod: pod({ name: "web-1", ip: "10.0.0.3" }) },
    ],
  },
  "the service does not exist yet": {
    pods: { [OWNER]: [web1, system], [OTHER]: [theirs] },
    instances: {},
    events: [{ kind: "dies", name: "web-1" }],
  },
  "a service that nobody claims holds instances of both owners": {
    pods: { [OWNER]: [web1], [OTHER]: [theirs] },
    instances: {
      web: both.slice(0, 1),
      old: [instance({ id: "10.0.0.9", pod: "web-9" }), instance({ id: "10.9.0.9", pod: "web-9", owner: OTHER })],
    },
    events: [{ kind: "comes", pod: pod({ name: "web-3", ip: "10.0.0.9" }) }],
  },
};

const RUNS: Readonly<Record<string, readonly Run[]>> = {
  "two full passes": [full, full],
  "a full and a scoped pass": [full, scoped],
  "two scoped passes": [scoped, scoped],
  "passes of two owners": [full, others],
  "a scoped pass and another owner's": [scoped, others],
};

test("overlapping passes leave nothing but the known residuals, and one quiet pass heals each", async () => {
  const found = await explore(STORIES, "after the registry");
  expect([...found.defects]).toEqual([]);
  expect([...found.residuals].toSorted()).toEqual(RESIDUALS);
  expect(found.states).toBeGreaterThan(5_000);
}, 120_000);

test("pods read before the registry would lose live registrations", async () => {
  const found = await explore({ NEW_IP }, "before the registry");
  expect(found.defects).toContain("removed the live web-2 at 10.0.0.2");
}, 120_000);

test("pods read from a stale cache would lose live registrations", async () => {
  const found = await explore({ TURNS_READY }, "from a stale cache");
  expect(found.defects).toContain("removed the live web-2 at 10.0.0.2");
}, 120_000);

async function explore(stories: typeof STORIES, reading: Reading): Promise<Findings & { readonly states: number }> {
  const findings: Findings = { residuals: new Set(), defects: new Set() };
  let states = 0;
  for (const story of Object.values(stories)) {
    for (const runs of Object.values(RUNS)) {
      states += await exploreInterleavings(() => createScenario({ ...story, runs }, reading, findings));
    }
  }
  return { ...findings, states };
}
