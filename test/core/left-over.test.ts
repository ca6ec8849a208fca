import { describe, expect, test } from "vitest";
import type { Case } from "../../functions/core/case.ts";
import { holdChange } from "../../functions/core/change.ts";
import type { Change, Held, HeldReason } from "../../functions/core/change.ts";
import { leftOver, onceMore, shareOf, waitingForOthers } from "../../functions/core/left-over.ts";
import type { Outcome } from "../../functions/core/ports.ts";
import { subject } from "../support/builders.ts";
import { done } from "../support/memory-world.ts";

const removal: Change = { kind: "deregister", id: "10.0.0.9", pod: undefined, reason: "unselected" };
const gone: Change = { kind: "deregister", id: "10.0.0.8", pod: undefined, reason: "pod-gone" };
const unbegun: Outcome = { change: register("10.0.0.1"), result: "not-begun" };

describe("what a round takes on", () => {
  test.each([
    ["a write each", [register("10.0.0.1"), gone], 2],
    ["no write for what needs a second look", [gone, removal], 1],
  ])("is %s", (_, changes, cost) => {
    expect(shareOf(of(), decided({ changes })).cost).toBe(cost);
  });

  test("is ten writes more for a service that has to be created, but for one that gets nothing", () => {
    const absent = of({ subject: subject({ service: undefined }) });
    expect(shareOf(absent, decided({ changes: [register("10.0.0.1")] })).cost).toBe(11);
    expect(shareOf(absent, decided({})).cost).toBe(0);
  });
});

describe("a service is looked at again", () => {
  test.each<[string, Parameters<typeof again>[0]]>([
    ["where something was not begun", { outcomes: [unbegun] }],
    ["where nothing was, as it was created just now", { now: [register("10.0.0.1")] }],
    ["for removals of living pods", { changes: [removal], later: [removal] }],
    [
      "where the guard holds what a registration may cover",
      { outcomes: [done(register("10.0.0.1"))], held: ["guard"] },
    ],
    ["where a removal waits for such a one", { outcomes: [done(register("10.0.0.1"))], held: ["waiting"] }],
  ])("%s", (_, given) => {
    expect(again(given)).toMatchObject({ needsClaims: true });
  });

  test.each<[string, Parameters<typeof again>[0]]>([
    ["where all is done", { now: [gone], outcomes: [done(gone)] }],
    ["where nothing new is registered that a removal could wait for", { outcomes: [done(gone)], held: ["waiting"] }],
    [
      "where the registration that a removal waits for is not confirmed",
      { outcomes: [done(gone), { change: register("10.0.0.1"), result: "pending" }], held: ["waiting"] },
    ],
    ["where what is held waits for a person", { outcomes: [done(register("10.0.0.1"))], held: ["foreign"] }],
  ])("but not %s", (_, given) => {
    expect(again(given)).toBeUndefined();
  });

  test("as large as what was not begun", () => {
    const outcomes = [done(register("10.0.0.1")), unbegun, unbegun];
    expect(again({ outcomes })?.cost).toBe(2);
  });

  test("with the removals of living pods that the next look has to agree with", () => {
    expect(again({ changes: [removal, gone], later: [removal] })?.doubted).toEqual(new Set(["10.0.0.9"]));
  });

  test("three times at most without being brought on, counted anew once something is done", () => {
    expect(again({ outcomes: [unbegun], before: { fruitless: 1 } })?.fruitless).toBe(2);
    expect(again({ outcomes: [unbegun], before: { fruitless: 2 } })).toBeUndefined();
    expect(again({ outcomes: [done(gone), unbegun], before: { fruitless: 2 } })?.fruitless).toBe(0);
    expect(onceMore(of({ fruitless: 1 }))).toMatchObject([{ fruitless: 2 }]);
    expect(onceMore(of({ fruitless: 2 }))).toEqual([]);
  });
});

describe("after all others", () => {
  test("what waits for another service is looked at once more, by claims of then", () => {
    const given = decided({ held: ["guard", "waiting"] });
    expect(waitingForOthers(of(), given)).toMatchObject({ isLast: true, needsClaims: true });
    expect(waitingForOthers(of({ isLast: true }), given)).toBeUndefined();
  });

  test("what is held for other reasons is not", () => {
    expect(waitingForOthers(of(), decided({ held: ["guard"] }))).toBeUndefined();
  });
});

function again({
  changes = [],
  held = [],
  now = [],
  later = [],
  outcomes = [],
  before = {},
}: {
  readonly changes?: readonly Change[];
  readonly held?: readonly HeldReason[];
  readonly now?: readonly Change[];
  readonly later?: readonly Change[];
  readonly outcomes?: readonly Outcome[];
  readonly before?: Partial<Case>;
}): Case | undefined {
  return leftOver(of(before), decided({ changes, held }), { now, later, cost: 0 }, { outcomes, held: [] });
}

function decided({
  changes = [],
  held = [],
}: {
  readonly changes?: readonly Change[];
  readonly held?: readonly HeldReason[];
}) {
  return { changes, held: held.map((reason): Held => holdChange(removal, reason, "")), forced: [] };
}

function register(id: string): Change {
  return {
    kind: "register",
    id,
    pod: undefined,
    attributes: {},
    health: undefined,
    reason: "missing",
    keys: [],
    since: "",
  };
}

function of(wanted: Partial<Case> = {}): Case {
  return {
    subject: subject(),
    doubted: new Set(),
    needsClaims: false,
    isLast: false,
    cost: 0,
    fruitless: 0,
    ...wanted,
  };
}
