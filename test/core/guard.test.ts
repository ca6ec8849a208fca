import { describe, expect, test } from "vitest";
import { guardPlans } from "../../functions/core/guard.ts";
import type { Guarded } from "../../functions/core/guard.ts";
import type { Pod } from "../../functions/core/model.ts";
import type { Plan } from "../../functions/core/plan.ts";
import { instance, lines, mapping, plan, pod } from "../support/builders.ts";

const GUARD = { maxRemovalRatio: 0.5, minInstances: 10 };

describe("pods that are gone", () => {
  test("go without limit, down to the last", () => {
    expect(held(guarded([plan({ instances: some(100).instances })]))).toBe(0);
  });

  test("do not count among those that look like a mistake", () => {
    const gone = plan({ instances: some(100).instances });
    const one = some(1);
    const kept = some(1, 50);
    const unselected = plan({ pods: kept.pods, others: one.pods, instances: [...one.instances, ...kept.instances] });
    expect(held(guarded([gone, unselected]))).toBe(0);
  });
});

describe("living pods that no mapping chooses any more", () => {
  const chosen = some(1, 200);
  const unselected = (count: number, ours: number) => {
    const leaving = some(count);
    const staying = some(ours - count, 100);
    return plan({
      pods: [...staying.pods, ...chosen.pods],
      others: leaving.pods,
      instances: [...leaving.instances, ...staying.instances],
    });
  };

  test.each<[number, number, number]>([
    [11, 20, 11],
    [11, 22, 0],
    [12, 22, 12],
    [10, 10, 0],
    [10, 11, 0],
    [60, 200, 0],
  ])("%i of %i: %i are held", (count, ours, expected) => {
    const result = guarded([unselected(count, ours)]);
    expect(held(result)).toBe(expected);
    expect(result.objections).toHaveLength(expected === 0 ? 0 : 1);
  });

  test("count over all services of the pass, and are held in all of them", () => {
    const result = guarded([unselected(6, 11), unselected(6, 11)]);
    expect(result.plans.map((one) => lines(one).filter((line) => line.endsWith("held: guard")).length)).toEqual([6, 6]);
    expect(result.objections).toEqual(["12 of 22 instances belong to living pods that no mapping chooses any more"]);
  });

  test("count against our instances alone, not against foreign ones", () => {
    const leaving = some(11);
    const foreign = some(100, 300).instances.map((one) => ({ ...one, attributes: { app: "theirs" } }));
    const planned = plan({ pods: chosen.pods, others: leaving.pods, instances: [...leaving.instances, ...foreign] });
    expect(held(guarded([planned]))).toBe(11);
  });

  test("of services that nobody claims count as well", () => {
    const leaving = some(11);
    const orphaned = plan({ mappings: [], others: leaving.pods, instances: leaving.instances });
    expect(held(guarded([orphaned]))).toBe(11);
  });

  test("what is held leaves registrations as they are, and says how to force it", () => {
    const [one] = guarded([unselected(11, 20)]).plans;
    expect(one?.changes).toMatchObject([{ kind: "register" }]);
    expect(one?.held[0]?.remedy).toMatch(/11 of 20 instances .*--force/);
  });

  test("the limits are settings", () => {
    const few = [unselected(3, 4)];
    expect(held(guardPlans(few, false, { maxRemovalRatio: 0.5, minInstances: 2 }))).toBe(3);
    const many = [unselected(11, 20)];
    expect(held(guardPlans(many, false, { maxRemovalRatio: 0.6, minInstances: 10 }))).toBe(0);
  });
});

describe("the last living pods", () => {
  const one = some(1);

  test("of a service that is still mapped stay, at any size", () => {
    const result = guarded([plan({ others: one.pods, instances: one.instances })]);
    expect(held(result)).toBe(1);
    expect(result.objections).toEqual([
      "shop.local/web would lose its last living pods, which no mapping chooses any more",
    ]);
  });

  test("stay where all others are gone", () => {
    const two = some(2);
    const result = guarded([plan({ others: two.pods.slice(0, 1), instances: two.instances })]);
    expect(result.plans.flatMap(lines)).toEqual(["deregister 10.1.0.1 pod-gone", "deregister 10.1.0.0 held: guard"]);
  });

  test("go where others take their place in the same pass", () => {
    const next = some(1, 50);
    expect(held(guarded([plan({ pods: next.pods, others: one.pods, instances: one.instances })]))).toBe(0);
  });

  test("go where others are there", () => {
    const next = some(1, 50);
    const planned = plan({ pods: next.pods, others: one.pods, instances: [...one.instances, ...next.instances] });
    expect(held(guarded([planned]))).toBe(0);
  });

  test("stay where those that should take their place are held", () => {
    const next = some(1, 50);
    const foreign = next.instances.map((taken) => ({ ...taken, attributes: { app: "theirs" } }));
    const planned = plan({ pods: next.pods, others: one.pods, instances: [...one.instances, ...foreign] });
    expect(held(guarded([planned]))).toBe(1);
  });

  test("stay where the claim that chose them is held, as when `allow` forgets it", () => {
    const claim = { kind: "claim", id: "Service shop/web", pod: undefined, reason: "not-allowed", remedy: "" } as const;
    const planned = plan({
      mappings: [],
      held: [{ ...claim, change: undefined }],
      others: one.pods,
      instances: one.instances,
    });
    expect(held(guarded([planned]))).toBe(1);
  });

  test("go where nobody claims the service any more", () => {
    expect(held(guarded([plan({ mappings: [], others: one.pods, instances: one.instances })]))).toBe(0);
  });

  test("of one service do not hold another's", () => {
    const next = some(1, 50);
    const fine = plan({ pods: next.pods, others: one.pods, instances: one.instances });
    const last = plan({ others: one.pods, instances: one.instances });
    expect(guarded([fine, last]).plans.map((each) => each.held.length)).toEqual([0, 1]);
  });
});

describe("a cluster without any pod", () => {
  test("loses nothing, not even what seems gone", () => {
    const result = guarded([plan({ instances: some(2).instances })], true);
    expect(held(result)).toBe(2);
    expect(result.objections).toEqual(["the cluster lists no pod at all"]);
  });

  test("is no concern where nothing would be removed", () => {
    expect(guarded([plan({ mappings: [mapping()] })], true).objections).toEqual([]);
  });
});

/** Pods and their instances, numbered from `from`. */
function some(count: number, from = 0): { readonly pods: Pod[]; readonly instances: ReturnType<typeof instance>[] } {
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  return {
    pods: numbers.map((number) => pod({ name: `web-${number}`, ip: `10.1.0.${number}` })),
    instances: numbers.map((number) => instance({ pod: `web-${number}`, id: `10.1.0.${number}` })),
  };
}

function guarded(plans: readonly Plan[], clusterIsEmpty = false): Guarded {
  return guardPlans(plans, clusterIsEmpty, GUARD);
}

function held({ plans }: Guarded): number {
  return plans.flatMap((one) => one.held).filter(({ reason }) => reason === "guard").length;
}
