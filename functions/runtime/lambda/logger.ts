import { Logger } from "@aws-lambda-powertools/logger";
import { bounded } from "../../core/bounded.ts";
import type { Report } from "../../core/report.ts";
import { outline } from "./outline.ts";
import type { Line } from "./outline.ts";

/** Debug lines are kept back until an error makes them worth reading, unless they are asked for. Level and format: Powertools' own variables. */
export function createLogger(variables: Readonly<Record<string, string | undefined>>): Logger {
  const levels = [variables["POWERTOOLS_LOG_LEVEL"], variables["AWS_LAMBDA_LOG_LEVEL"]];
  const isDebug = levels.some((level) => level?.toUpperCase() === "DEBUG");
  return new Logger({
    serviceName: "eks-cloudmap-sync",
    logBufferOptions: { enabled: !isDebug, flushOnErrorLog: true },
    jsonReplacerFn: shapeLine,
  });
}

/**
 * One line for each change that was made, since it is made once; what may come again in every pass, failed, held or only planned,
 * has one line a service and reason, with a count and the first of them. `calls`: how many the pass made to Cloud Map.
 */
export function logReport(
  logger: Logger,
  report: Report,
  { calls, dryRun }: { readonly calls: number; readonly dryRun: boolean },
): void {
  const { services, drift, claims, errors, warnings, ok } = report;
  for (const { namespace, service, changes, desired, registered, deleted } of services) {
    const at = { namespace, service };
    logger.debug("compared", { at, desired, registered });
    if (deleted === true) logger.info("deleted the service", { at });
    if (dryRun) continue;
    for (const change of changes.filter(({ error }) => error === undefined)) logger.info("changed", { at, ...change });
  }
  const lines = outline(report, dryRun);
  for (const { level, message, fields } of firstOf(lines)) logger[level](message, fields);
  if (logger.getLevelName() === "DEBUG") for (const line of lines) logAll(logger, line);
  const left = { lines: lines.length - LINES, warnings: warnings.length - LINES, errors: errors.length - LINES };
  for (const warning of warnings.slice(0, LINES)) logger.warn(warning);
  for (const failure of errors.slice(0, LINES)) logger.error(failure);
  if (Object.values(left).some((count) => count > 0))
    logger.warn("more was found than is logged; a resync answers with all of it", { left });
  logger.info("pass ended", { ok, drift, services: services.length, claims: claims.length, calls });
}

/** Of each kind, a pass writes so many lines. */
const LINES = 50;
/** As many ids as are sure to fit in one event of CloudWatch's, of 256 KB. */
const IDS = 200;

function logAll(logger: Logger, { message, fields, all }: Line): void {
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
function shapeLine(key: string, value: unknown): unknown {
  if (typeof value === "string") return value.length <= LONGEST ? value : bounded(value, LONGEST);
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  if (key !== "" || typeof value !== "object" || value === null || !("at" in value)) return value;
  const { at, ...line } = value;
  return { ...line, ...(at as object) };
}
