import type { Case } from "./case.ts";
import type { History } from "./history.ts";
import { serviceName } from "./model.ts";
import type { World } from "./ports.ts";
import type { Subject } from "./subject.ts";

/**
 * About how many writes one round makes: what Cloud Map's rate (50 a second) takes in 8 s. Two rounds overlap, so that one looks
 * and confirms while the other writes; so many of both are begun well before their lists are 20 s old.
 */
const MAX_COST = 400;
const LANES = 2;

type Clock = Pick<World, "now" | "pause">;

export type Turns = {
  /** Works on rounds of cases, two at a time, until none is left; what `again` brings comes after those that wait. */
  readonly work: (makeRound: (round: Round) => Promise<void>) => Promise<void>;
  /** Others that are to come: until they have, none is the last. They have come by the deadline, or never do. */
  readonly expect: (coming: Promise<readonly Case[]>) => void;
  /** `due`: not before then, in milliseconds since the epoch. */
  readonly again: (one: Case, due?: number) => void;
  /** Once more, after all others have come to their end: it waits for what becomes of one of them. */
  readonly last: (one: Case) => void;
};

export type Round = {
  readonly cases: readonly Case[];
  /** Whether the round takes on so many writes more for a service; the first always. */
  readonly admits: (one: Pick<Case, "subject">, cost: number) => boolean;
};

/** No round is begun from `deadline` on, in milliseconds since the epoch. */
export function createTurns(cases: readonly Case[], deadline: number, { now, pause }: Clock): Turns {
  const waiting = [...cases];
  const later: { readonly one: Case; readonly due: number }[] = [];
  const last: Case[] = [];
  const expected = new Set<Promise<readonly Case[]>>();
  const defects: unknown[] = [];
  const wake: (() => void)[] = [];
  const busy = new Set<Round>();
  const takeDue = () => {
    for (const entry of later.filter(({ due }) => due <= now())) {
      later.splice(later.indexOf(entry), 1);
      waiting.push(entry.one);
    }
  };
  /** Until somebody brings one, or the next is due. */
  const change = (): Promise<void> => {
    const woken = new Promise<void>((resolve) => wake.push(resolve));
    const due = Math.min(...later.map((entry) => entry.due));
    return due === Infinity ? woken : Promise.race([woken, pause(Math.min(due, deadline) - now())]);
  };
  const next = async (): Promise<readonly Case[]> => {
    const isMoreToCome = () => waiting.length === 0 && busy.size + later.length + expected.size > 0;
    for (takeDue(); isMoreToCome() && now() < deadline; takeDue()) await change();
    if (waiting.length === 0) waiting.push(...last.splice(0));
    return now() < deadline ? waiting.splice(0, countFitting(waiting)) : [];
  };
  const wakeAll = () => {
    for (const resolve of wake.splice(0)) resolve();
  };
  const lane = async (makeRound: (round: Round) => Promise<void>) => {
    for (let taken = await next(); taken.length > 0; taken = await next()) {
      const round = createRound(taken);
      busy.add(round);
      await makeRound(round).finally(() => {
        busy.delete(round);
        wakeAll();
      });
    }
  };
  return {
    work: async (makeRound) => {
      await Promise.all(Array.from({ length: LANES }, () => lane(makeRound)));
      await Promise.allSettled(expected);
      if (defects.length > 0) throw defects[0];
    },
    expect: (coming) => {
      const end = () => {
        expected.delete(coming);
        wakeAll();
      };
      expected.add(coming);
      void coming
        .then(
          (cases) => void waiting.push(...cases),
          (defect: unknown) => void defects.push(defect),
        )
        .then(end);
    },
    last: (one) => last.push(one),
    again: (one, due = 0) => {
      if (due <= now()) waiting.push(one);
      else later.push({ one, due });
      wakeAll();
    },
  };
}

/**
 * Each Kubernetes namespace has its share of the round: whose lists come first must not leave nothing to the others. What is
 * larger than a share is taken on where there is room.
 */
function createRound(cases: readonly Case[]): Round {
  const spent = new Map<string, number>();
  const share = MAX_COST / new Set(cases.map(({ subject }) => homeOf(subject))).size;
  let total = 0;
  return {
    cases,
    admits: ({ subject }, cost) => {
      const home = homeOf(subject);
      const before = spent.get(home) ?? 0;
      const hasRoom = total === 0 || (before === 0 && total + cost <= MAX_COST);
      if (before + cost > share && !hasRoom) return false;
      spent.set(home, before + cost);
      total += cost;
      return true;
    },
  };
}

function countFitting(waiting: readonly Case[]): number {
  let cost = 0;
  const over = waiting.findIndex((one, index) => {
    cost += one.cost;
    return index > 0 && cost > MAX_COST;
  });
  return over === -1 ? waiting.length : over;
}

/**
 * One service of each Kubernetes namespace in turn, so that none waits for all of another's; those at which the last pass failed
 * come last. `start`: from 0 up to 1, where in the order to begin: passes that overlap do not send the same things then.
 */
export function inTurn(cases: readonly Case[], history: History, start: number): readonly Case[] {
  const isLate = ({ subject }: Case) => history.hasFailed(serviceName(subject.key));
  const groups = [...Map.groupBy(rotate(cases, start), ({ subject }) => homeOf(subject)).values()];
  const longest = Math.max(0, ...groups.map(({ length }) => length));
  const turns = Array.from({ length: longest }, (_, index) => groups.flatMap((group) => group[index] ?? [])).flat();
  return [...turns.filter((one) => !isLate(one)), ...turns.filter(isLate)];
}

function homeOf({ mappings, problems }: Subject): string {
  return mappings[0]?.pods.namespace ?? problems[0]?.from ?? "";
}

export function rotate<T>(list: readonly T[], start: number): readonly T[] {
  const at = Math.floor(start * list.length);
  return [...list.slice(at), ...list.slice(0, at)];
}
