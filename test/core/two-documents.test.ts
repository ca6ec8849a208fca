import { describe, expect, test } from "vitest";
import { createHistory } from "../../functions/core/history.ts";
import type { Claim } from "../../functions/core/model.ts";
import { claim, claims, OWNER } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";
import { crowd, memoryRegistry } from "../support/memory-world.ts";
import type { MemoryRegistry } from "../support/memory-world.ts";

/** Two constructs, two teams' stacks, a laptop with a part of the document: on one cluster and one Cloud Map namespace. */

const MINUTE = 60_000;
const web = crowd(8);
const api = crowd(8, 100, { labels: { app: "api" } });
const pods = [...web.pods, ...api.pods];
const webOnly = [claim()];
const apiOnly = [claim({ service: "api", pods: { namespace: "shop", labelSelector: "app=api" } })];
const apiIntoWeb = [claim({ pods: { namespace: "shop", labelSelector: "app=api" } })];
const part = (name: string) => ({ owner: `${OWNER}/${name}`, tagOwner: OWNER });

describe("with one owner", () => {
  test("neither empties a service that only the other maps", async () => {
    const registry = memoryRegistry({});
    const play = [documentOf(webOnly, registry), documentOf(apiOnly, registry)];
    for (const minute of [0, 1, 10, 11, 20, 21])
      for (const run of play) expect((await run(minute)).report.ok).toBe(true);
    expect(sizes(registry)).toEqual({ web: 8, api: 8 });
  });

  test("in a service that both map a pod is removed twice within an hour at most, and is then held", async () => {
    const registry = memoryRegistry({});
    const play = [documentOf(webOnly, registry), documentOf(apiIntoWeb, registry)];
    const removals = new Map<string, number>();
    let last: readonly string[] = [];
    for (let minute = 0; minute < 55; minute += 10) {
      for (const [index, run] of play.entries()) {
        const { calls, report } = await run(minute + index);
        for (const line of writesOf(calls).filter((one) => one.includes("deregister")))
          removals.set(`${index} ${line}`, (removals.get(`${index} ${line}`) ?? 0) + 1);
        last = report.services.flatMap(({ held }) => held.map(({ reason }) => reason));
      }
    }
    expect(Math.max(...removals.values())).toBe(2);
    expect(new Set(last)).toEqual(new Set(["contested"]));
    expect(sizes(registry)).toEqual({ web: 16 });
  });
});

describe("with a `part` each", () => {
  test.each<[string, readonly Claim[], Readonly<Record<string, number>>]>([
    ["services of their own", apiOnly, { web: 8, api: 8 }],
    ["one service that both map", apiIntoWeb, { web: 16 }],
  ])("nothing of the other is removed, in %s", async (_, other, expected) => {
    const registry = memoryRegistry({});
    const play = [documentOf(webOnly, registry, part("a")), documentOf(other, registry, part("b"))];
    for (const run of play) await run(0);
    for (const minute of [10, 20])
      for (const run of play) {
        const { calls, report } = await run(minute);
        expect(writesOf(calls)).toEqual([]);
        expect(report).toMatchObject({ ok: true, drift: { missing: 0, stale: 0, changed: 0 } });
      }
    expect(sizes(registry)).toEqual(expected);
  });
});

/** The passes of one function, which has its own memory. */
function documentOf(mappings: readonly Claim[], registry: MemoryRegistry, settings: object = {}) {
  const history = createHistory();
  return (minute: number) =>
    pass({ pods, registry, sources: [claims(...mappings)], settings, hooks: { history, now: () => minute * MINUTE } });
}

function sizes(registry: MemoryRegistry): Readonly<Record<string, number>> {
  return Object.fromEntries([...registry].map(([name, held]) => [name, held.size]));
}
