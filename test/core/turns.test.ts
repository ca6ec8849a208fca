import { describe, expect, test } from "vitest";
import type { Case } from "../../functions/core/case.ts";
import { createHistory } from "../../functions/core/history.ts";
import { createTurns, inTurn, rotate } from "../../functions/core/turns.ts";
import type { Round } from "../../functions/core/turns.ts";
import { mapping, subject } from "../support/builders.ts";
import { standingClock } from "../support/memory-world.ts";

const CLOCK = { now: standingClock(), pause: () => Promise.resolve() };

describe("services take turns", () => {
  const all = [of("team-a", "a1"), of("team-a", "a2"), of("team-a", "a3"), of("team-b", "b1"), of("team-c", "c1")];

  test("over Kubernetes namespaces: none waits for all of another's", () => {
    expect(names(inTurn(all, createHistory(), 0))).toEqual(["a1", "b1", "c1", "a2", "a3"]);
  });

  test("those at which the last pass failed come last", () => {
    const history = createHistory();
    history.noteOutcome("shop.local/a1", true);
    history.noteOutcome("shop.local/b1", true);
    expect(names(inTurn(all, history, 0))).toEqual(["c1", "a2", "a3", "a1", "b1"]);
    history.noteOutcome("shop.local/a1", false);
    expect(names(inTurn(all, history, 0))).toEqual(["a1", "c1", "a2", "a3", "b1"]);
  });

  test.each([
    [0, ["a1", "b1", "c1", "a2", "a3"]],
    [0.2, ["a2", "b1", "c1", "a3", "a1"]],
    [0.8, ["c1", "a1", "b1", "a2", "a3"]],
  ])("from a place of each pass's own: %d", (start, expected) => {
    expect(names(inTurn(all, createHistory(), start))).toEqual(expected);
  });
});

test.each([
  [0, "abcd"],
  [0.25, "bcda"],
  [0.99, "dabc"],
])("a list that begins at %d of its length: %s", (start, expected) => {
  expect(rotate(["a", "b", "c", "d"], start).join("")).toBe(expected);
});

describe("rounds", () => {
  test("take on what costs 400 writes, and the first whatever it costs", async () => {
    const rounds = await played([of("a", "huge", 1000), of("a", "b", 300), of("a", "c", 100), of("a", "d", 1)]);
    expect(rounds).toEqual([["huge"], ["b", "c"], ["d"]]);
  });

  test("admit so many writes in all, and the first of them always", async () => {
    const admitted: boolean[] = [];
    const one = of("a", "one");
    await createTurns([one], Infinity, CLOCK).work(async (round) => {
      admitted.push(...[1000, 1, 400].map((cost) => round.admits(one, cost)));
    });
    expect(admitted).toEqual([true, false, false]);
  });

  test("leave each Kubernetes namespace its share, whoever asks first", async () => {
    const admitted: string[] = [];
    const many = Array.from({ length: 10 }, (_, n) => of("a", `a${n}`));
    const cases = [...many, of("b", "b"), of("c", "c")];
    await createTurns(cases, Infinity, CLOCK).work(async ({ cases: taken, admits }) => {
      admitted.push(...taken.filter((one) => admits(one, 100)).map(({ subject }) => subject.key.service));
    });
    expect(admitted).toEqual(["a0", "b", "c"]);
  });

  test("bring again what is left, after those that wait", async () => {
    const again = new Set(["a"]);
    const rounds = await played([of("x", "a", 400), of("x", "b", 400), of("x", "c", 400)], (one) => again.delete(one));
    expect(rounds.flat()).toEqual(["a", "b", "c", "a"]);
  });

  test("end when the time is up, with what waits left alone", async () => {
    let now = 0;
    const clock = { now: () => now, pause: CLOCK.pause };
    const turns = createTurns([of("x", "a", 400), of("x", "b", 400), of("x", "c", 400)], 2, clock);
    const seen: string[] = [];
    await turns.work(async ({ cases }: Round) => {
      seen.push(...names(cases));
      now += 1;
    });
    expect(seen).toEqual(["a", "b"]);
  });

  test("begin what is due later when it is, and wait for nothing else", async () => {
    let now = 0;
    const pauses: number[] = [];
    const clock = {
      now: () => now,
      pause: async (milliseconds: number) => {
        pauses.push(milliseconds);
        now += milliseconds;
      },
    };
    const turns = createTurns([of("x", "a"), of("x", "b", 400)], 1_000, clock);
    const seen: string[] = [];
    await turns.work(async ({ cases }: Round) => {
      for (const one of cases) seen.push(`${one.subject.key.service} ${now}`);
      if (now === 0) for (const one of cases) turns.again(one, one.subject.key.service === "a" ? 15 : 2_000);
    });
    expect(seen).toEqual(["a 0", "b 0", "a 15"]);
    expect(now).toBe(1_000);
  });

  test("wait for what is to come, and take up the last only then", async () => {
    const turns = createTurns([of("x", "a")], Infinity, CLOCK);
    const coming = Promise.withResolvers<readonly Case[]>();
    turns.expect(coming.promise);
    const seen: string[] = [];
    await turns.work(async ({ cases }) => {
      seen.push(...names(cases));
      if (!names(cases).includes("a")) return;
      turns.last(of("x", "last"));
      setImmediate(() => coming.resolve([of("x", "late")]));
    });
    expect(seen).toEqual(["a", "late", "last"]);
  });

  test("end with the error of what was to come", async () => {
    const turns = createTurns([of("x", "a")], Infinity, CLOCK);
    turns.expect(Promise.reject(new Error("a defect")));
    await expect(turns.work(() => Promise.resolve())).rejects.toThrow("a defect");
  });

  test("end with the error of a defect, and hang for nobody", async () => {
    const turns = createTurns([of("x", "a", 400), of("x", "b", 400)], Infinity, CLOCK);
    await expect(turns.work(() => Promise.reject(new Error("a defect")))).rejects.toThrow("a defect");
  });
});

async function played(
  cases: readonly Case[],
  isLeft: (name: string) => boolean = () => false,
): Promise<readonly (readonly string[])[]> {
  const rounds: (readonly string[])[] = [];
  const turns = createTurns(cases, Infinity, CLOCK);
  await turns.work(async ({ cases: taken }) => {
    rounds.push(names(taken));
    for (const one of taken) if (isLeft(one.subject.key.service)) turns.again(one);
  });
  return rounds;
}

function of(namespace: string, service: string, cost = 0): Case {
  const one = subject({
    key: { namespace: "shop.local", service },
    mappings: [mapping({ pods: { namespace, labelSelector: "" } })],
  });
  return { subject: one, doubted: new Set(), needsClaims: false, isLast: false, cost, fruitless: 0 };
}

function names(cases: readonly Case[]): readonly string[] {
  return cases.map(({ subject: { key } }) => key.service);
}
