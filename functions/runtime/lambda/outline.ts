import { groupFailures } from "../../core/group-failures.ts";
import { serviceName } from "../../core/model.ts";
import type { Report, ReportedHeld, ServiceReport } from "../../core/report.ts";

/** One line of the log about many of a kind. */
export type Line = {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** What it counts; in `fields` are the first of them. */
  readonly all: readonly string[];
};

/** So many of a kind are named. */
const NAMED = 10;

/** What a pass has found and not made, a line a service and reason, in the order of the report. */
export function outline({ services, claims, errors }: Report, dryRun: boolean): readonly Line[] {
  const { own, shared } = groupFailures(services, errors);
  return [
    ...services.flatMap((service) => outlineService(service, own.includes(service), dryRun)),
    ...shared.map(({ problem, services: some }) => {
      const all = some.map(serviceName);
      return lineOf("error", "services failed", {}, all, { failure: problem });
    }),
    ...groups(claims, ({ from, reason }) => [from, reason]).map((group) => {
      const { from, reason, problem } = group[0];
      const all = group.map(({ claim }) => claim);
      return lineOf("warn", "wrong claims", { from, reason }, all, { remedy: problem });
    }),
  ];
}

/** `failsAlone`: whether it failed by something of its own. */
function outlineService(
  { namespace, service, changes, held, error }: ServiceReport,
  failsAlone: boolean,
  dryRun: boolean,
): readonly Line[] {
  const at = { namespace, service };
  const unmade = dryRun ? changes : changes.filter((change) => change.error !== undefined);
  const lines = groups(unmade, ({ kind, reason }) => [kind, reason]).map((group) => {
    const { kind, reason, error: failure } = group[0];
    const all = group.map(({ id }) => id);
    return dryRun
      ? lineOf("info", "would change", { at, kind, reason }, all)
      : lineOf("error", "change failed", { at, kind, reason }, all, { failure });
  });
  const holds = groups(held.filter(isOwn), ({ kind, reason }) => [kind, reason]).map((group) => {
    const { kind, reason, remedy } = group[0];
    const all = group.map(({ id, pod }) => (pod === null ? id : `${id} (${pod})`));
    return lineOf("warn", "held", { at, kind, reason }, all, { remedy });
  });
  const failed = !failsAlone ? [] : [lineOf("error", "service failed", { at }, [], { failure: error })];
  return [...lines, ...holds, ...failed];
}

/** What is wrong with tenants' claims has lines of its own: they may name any number of services. */
function isOwn({ kind, isFailure }: ReportedHeld): boolean {
  return kind !== "claim" || isFailure;
}

function lineOf(
  level: Line["level"],
  message: string,
  about: Readonly<Record<string, unknown>>,
  all: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): Line {
  const counts = all.length === 0 ? {} : { count: all.length, ids: all.slice(0, NAMED) };
  return { level, message, fields: { ...about, ...counts, ...more }, all };
}

function groups<T>(list: readonly T[], keyOf: (one: T) => readonly string[]): readonly (readonly [T, ...T[]])[] {
  const found = new Map<string, [T, ...T[]]>();
  for (const one of list) {
    const key = JSON.stringify(keyOf(one));
    const group = found.get(key);
    if (group === undefined) found.set(key, [one]);
    else group.push(one);
  }
  return [...found.values()];
}
