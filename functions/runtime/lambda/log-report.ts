import type { Logger } from "@aws-lambda-powertools/logger";
import { bounded } from "../../core/bounded.ts";
import type { Report } from "../../core/report.ts";
import { changesMade } from "./changes-made.ts";
import { outline } from "./outline.ts";
import type { Line } from "./outline.ts";

/** What a report is told to: Powertools' logger, or whatever else writes lines. */
export type Log = Pick<Logger, "debug" | "info" | "warn" | "error" | "getLevelName">;

type Told = {
  /** What woke the pass. */
  readonly cause: string;
  /** How many it made to Cloud Map. */
  readonly calls: number;
  readonly dryRun: boolean;
};

/**
 * One line a pass, with the first ten of its changes; more of them have lines of ten each. What may come again in every pass,
 * failed, held or only planned, has one line a service and reason, with a count and the first of them.
 */
export function logReport(logger: Log, report: Report, { cause, calls, dryRun }: Told): void {
  const { services, drift, claims, errors, warnings, ok } = report;
  for (const { namespace, service, desired, registered, deleted } of services) {
    const at = { namespace, service };
    logger.debug("compared", { at, desired, registered });
    if (deleted === true) logger.info("deleted the service", { at });
  }
  const made = dryRun ? [] : changesMade(report);
  for (let at = A_LINE; at < made.length && at < MOST_MADE; at += A_LINE)
    logger.info("changed", { changes: made.slice(at, at + A_LINE) });
  const lines = outline(report, dryRun);
  for (const { level, message, fields } of firstOf(lines)) logger[level](message, fields);
  if (logger.getLevelName() === "DEBUG") for (const line of lines) logAll(logger, line);
  const left = {
    changes: made.length - MOST_MADE,
    lines: lines.length - LINES,
    warnings: warnings.length - LINES,
    errors: errors.length - LINES,
  };
  for (const warning of warnings.slice(0, LINES)) logger.warn(warning);
  for (const failure of errors.slice(0, LINES)) logger.error(failure);
  if (Object.values(left).some((count) => count > 0))
    logger.warn("more was found than is logged; a resync answers with all of it", { left });
  const figures = { cause, ok, drift, services: services.length, claims: claims.length, calls, changed: made.length };
  logger.info("pass ended", made.length === 0 ? figures : { ...figures, changes: made.slice(0, A_LINE) });
}

/** So many changes are told in one line, and so many of a pass in all. */
const A_LINE = 10;
const MOST_MADE = 2_000;

/** Of each kind, a pass writes so many lines. */
const LINES = 50;
/** As many ids as are sure to fit in one event of CloudWatch's, of 256 KB. */
const IDS = 200;

function logAll(logger: Log, { message, fields, all }: Line): void {
  for (let at = 0; at < all.length; at += IDS)
    logger.debug(`${message}: all of them`, { ...fields, ids: all.slice(at, at + IDS) });
}

/** Errors before the others, so that these are not what is left out. */
function firstOf(lines: readonly Line[]): readonly Line[] {
  const errors = lines.filter(({ level }) => level === "error");
  return [...errors, ...lines.filter(({ level }) => level !== "error")].slice(0, LINES);
}

/** The longest text of a line: a stack. */
const LONGEST = 10_000;

/**
 * Powertools keeps the field `service` for this program's own name; on a line about a Cloud Map service it is that one's. Of
 * errors only what they say is told: those of the SDK carry requests and answers along.
 */
export function shapeLine(key: string, value: unknown): unknown {
  if (typeof value === "string") return value.length <= LONGEST ? value : bounded(value, LONGEST);
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  if (key !== "" || typeof value !== "object" || value === null || !("at" in value)) return value;
  const { at, ...line } = value;
  return { ...line, ...(at as object) };
}
