import type { Report, ServiceReport } from "./report.ts";

type Failing = Pick<ServiceReport, "error" | "cause">;

/** What is to be told of services that failed. */
export type Failures<T extends Failing> = {
  /** What several failed by, once. */
  readonly shared: readonly { readonly problem: string; readonly services: readonly T[] }[];
  /** Those that failed by something of their own. */
  readonly own: readonly T[];
};

/** Tells the failures of one cause as one, such as credentials that have expired. What the pass as a whole failed by is not among them. */
export function groupFailures<T extends Failing>(services: readonly T[], errors: Report["errors"]): Failures<T> {
  const failing = services.filter(({ error }) => error !== null && !errors.includes(error));
  const groups = [...Map.groupBy(failing, ({ cause, error }) => cause ?? error ?? "")];
  return {
    shared: groups.flatMap(([problem, some]) => (some.length > 1 ? [{ problem, services: some }] : [])),
    own: groups.flatMap(([, some]) => (some.length === 1 ? some : [])),
  };
}
