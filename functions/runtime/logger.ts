import { Logger } from "@aws-lambda-powertools/logger";
import type { Report } from "../core/report.ts";

/** Debug lines are kept back until an error makes them worth reading. Level and format: Powertools' own variables. */
export function createLogger(): Logger {
  return new Logger({ serviceName: "eks-cloudmap-sync", logBufferOptions: { enabled: true, flushOnErrorLog: true } });
}

/** One line a change, a hold and a failure; each with the service, the instance, the pod and the reason as fields. */
export function logReport(logger: Logger, { services, drift, errors, warnings, ok }: Report): void {
  for (const { namespace, service, changes, held, error, deleted } of services) {
    const at = { namespace, service };
    for (const { error: failure, ...change } of changes) {
      if (failure === undefined) logger.info("changed", { ...at, ...change });
      else logger.error("change failed", { ...at, ...change, failure });
    }
    for (const hold of held) logger.warn("held", { ...at, ...hold });
    if (deleted === true) logger.info("deleted the service", at);
    if (error !== null) logger.error("service failed", { ...at, failure: error });
  }
  for (const warning of warnings) logger.warn(warning);
  for (const failure of errors) logger.error(failure);
  logger.info("pass ended", { ok, drift, services: services.length });
}
