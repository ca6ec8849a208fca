import { createLambda } from "./runtime/lambda.ts";
import { parseAuditLog } from "./triggers/audit-log.ts";

const lambda = createLambda();

/** A subscription to the EKS audit log: the namespaces whose pods changed go to the queue. */
export const handler = lambda.handle(async (event) => {
  const scopes = parseAuditLog(event);
  await lambda.enqueue(scopes);
  lambda.logger.info("asked for passes", { scopes });
  return { scopes };
});
