import { Logger } from "@aws-lambda-powertools/logger";
import type { Report } from "../../core/report.ts";

/** Debug lines are kept back until an error makes them worth reading. Level and format: Powertools' own variables. */
export function createLogger(): Logger {
  return new Logger({
    serviceName: "eks-cloudmap-sync",
    logBufferOptions: { enabled: true, flushOnErrorLog: true },
    jsonReplacerFn: shapeLine,
  });
}

/**
 * One line a change, a hold and a failure; each with the service, the instance, the pod and the reason as fields. `calls`: how
 * many the pass made to Cloud Map. What a dry run only would change has a message of its own.
 */
export function logReport(
  logger: Logger,
  { services, drift, errors, warnings, ok }: Report,
  { calls, dryRun }: { readonly calls: number; readonly dryRun: boolean },
): void {
  for (const { namespace, service, changes, held, error, deleted, ...counts } of services) {
    const at = { namespace, service };
    logger.debug("compared", { at, desired: counts.desired, registered: counts.registered });
    for (const { error: failure, ...change } of changes) {
      if (failure === undefined) logger.info(dryRun ? "would change" : "changed", { at, ...change });
      else logger.error("change failed", { at, ...change, failure });
    }
    for (const hold of held) logger.warn("held", { at, ...hold });
    if (deleted === true) logger.info("deleted the service", { at });
    if (error !== null) logger.error("service failed", { at, failure: error });
  }
  for (const warning of warnings) logger.warn(warning);
  for (const failure of errors) logger.error(failure);
  logger.info("pass ended", { ok, drift, services: services.length, calls });
}

/**
 * Powertools keeps the field `service` for this program's own name; on a line about a Cloud Map service it is that one's. Of
 * errors only what they say is told: those of the SDK carry requests and answers along.
 */
function shapeLine(key: string, value: unknown): unknown {
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  if (key !== "" || typeof value !== "object" || value === null || !("at" in value)) return value;
  const { at, ...line } = value;
  return { ...line, ...(at as object) };
}
