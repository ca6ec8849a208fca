import { Logger } from "@aws-lambda-powertools/logger";
import { shapeLine } from "./log-report.ts";

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
