import { expect, test } from "vitest";
import type { Pod } from "../../functions/core/model.ts";
import type { Request } from "../../functions/core/request.ts";
import { claim, claims, pod, sourceOf } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";
import type { PortCall } from "../support/memory-world.ts";

/** One tenant makes so many claims of services that have no pods; another has one pod, whose name comes last. */
const CROWD = [1_000, 2_000, 4_000] as const;
/** `claims.perNamespace`. */
const COUNTED = 1_000;

test.each(CROWD)("%i claims of one tenant cost the calls of 1,000 at most", async (count) => {
  const { report, calls, registry } = await crowded(count);
  expect(calls.filter(({ kind }) => kind === "list-instances").length).toBeLessThanOrEqual(COUNTED + 1);
  expect(calls.filter(({ kind }) => kind === "create-service").length).toBeLessThanOrEqual(COUNTED + 1);
  expect([...(registry.get("zzz")?.keys() ?? [])]).toEqual(["10.9.0.1"]);
  const tooMany = report.claims.filter(({ reason }) => reason === "too-many");
  expect(tooMany.map(({ from }) => from)).toEqual(count > COUNTED ? ["team-a"] : []);
});

test.each(CROWD)("%i claims of one tenant do not come before another's one", async (count) => {
  const { calls } = await crowded(count);
  const first = calls.findIndex((call) => call.kind === "write" && call.service === "zzz");
  const before = calls.slice(0, first);
  expect(first).toBeGreaterThan(0);
  // One round of reads, and what is created beside it.
  expect(before.filter(({ kind }) => kind === "create-service").length).toBeLessThanOrEqual(COUNTED);
  expect(before.filter(({ kind }) => kind === "list-pods").length).toBeLessThanOrEqual(2);
});

test("where the time is short, the other tenant is served in each pass, wherever it begins", async () => {
  for (const start of [0, 0.25, 0.5, 0.75, 0.999]) {
    let now = 0;
    const slow = (call: PortCall) => {
      if (call.kind === "write") now += 50;
    };
    const busy = {
      pods: crowdOf(1_000),
      request: { start, deadline: 20_000, patience: 0 },
      before: slow,
      now: () => now,
    };
    const { report, registry } = await crowded(1_000, busy);
    expect(registry.get("zzz")?.size).toBe(1);
    // What there was no time for has failed at nothing: the next pass goes on.
    const unfinished = report.services.filter(({ held }) => held.some(({ reason }) => reason === "unfinished"));
    expect(unfinished.length).toBeGreaterThan(500);
    expect(report.services.filter(({ error }) => error !== null)).toEqual([]);
  }
});

test("services that no time was left to look at are unfinished, and no failures", async () => {
  let now = 0;
  const slow = (call: PortCall) => {
    if (call.kind === "list-services") now += 30_000;
  };
  const { report } = await crowded(10, { request: { deadline: 20_000 }, before: slow, now: () => now });
  expect(report.ok).toBe(false);
  expect(report.services).toHaveLength(11);
  for (const { error, held } of report.services) {
    expect(error).toBeNull();
    expect(held).toMatchObject([{ kind: "claim", reason: "unfinished", isFailure: true }]);
  }
});

type Given = {
  readonly pods?: readonly Pod[];
  readonly request?: Partial<Request>;
  readonly before?: (call: PortCall) => void;
  readonly now?: () => number;
};

function crowdOf(count: number): readonly Pod[] {
  return Array.from({ length: count }, (_, n) =>
    pod({ namespace: "team-a", name: `crowd-${n}`, ip: `10.8.${n >> 8}.${n & 255}`, labels: { app: `crowd-${n}` } }),
  );
}

async function crowded(
  count: number,
  { pods = [], request = {}, before = () => undefined, now = () => 0 }: Given = {},
) {
  const crowd = Array.from({ length: count }, (_, n) =>
    claim({
      service: `crowd-${n}`,
      from: "team-a",
      createdAt: `2026-11-01T00:00:${String(n % 60).padStart(2, "0")}Z`,
      origin: { source: "services", rank: sourceOf("services").rank, name: `Service team-a/crowd-${n}` },
      pods: { namespace: "team-a", labelSelector: `app=crowd-${n}` },
    }),
  );
  const other = claim({
    service: "zzz",
    from: "team-b",
    origin: { source: "services", rank: sourceOf("services").rank, name: "Service team-b/zzz" },
    pods: { namespace: "team-b", labelSelector: "" },
  });
  return pass({
    pods: [...pods, pod({ namespace: "team-b", name: "zzz-1", ip: "10.9.0.1" })],
    instances: {},
    sources: [claims(...crowd, other)],
    request,
    before,
    hooks: { now },
  });
}
