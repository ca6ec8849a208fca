import { InputError } from "../core/errors.ts";

/** So many mistakes of one object are told: what a tenant writes has no end. */
const TOLD = 10;

/** Several things that are wrong with what somebody wrote. */
export class Mistakes extends InputError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const distinct = [...new Set(problems)];
    const more = distinct.length > TOLD ? [`${distinct.length - TOLD} more mistakes`] : [];
    super([...distinct.slice(0, TOLD), ...more].join("; and "));
    this.problems = distinct;
  }
}

export function problemsOf(error: InputError): readonly string[] {
  return error instanceof Mistakes ? error.problems : [error.message];
}

/** What is read of each. Throws Mistakes with what is wrong with all of them, so that nobody corrects them one after the other. */
export function readEach<T, U>(items: readonly T[], read: (item: T) => U): readonly U[] {
  const problems: string[] = [];
  const values = items.flatMap((item) => {
    try {
      return [read(item)];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...problemsOf(error));
      return [];
    }
  });
  if (problems.length > 0) throw new Mistakes(problems);
  return values;
}

/** The same of parts that differ, by their names. */
export function readAll<T extends object>(parts: { readonly [K in keyof T]: () => T[K] }): T {
  const steps = Object.entries<() => unknown>(parts);
  return Object.fromEntries(readEach(steps, ([name, read]) => [name, read()])) as T;
}
