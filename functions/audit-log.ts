import { createHandling } from "./runtime/lambda/handling.ts";
import { parseAuditLog } from "./triggers/audit-log.ts";

const { handle, enqueue, logger } = createHandling();

/** A subscription to the EKS audit log: the namespaces whose pods changed go to the queue. */
export const handler = handle(async (event) => {
  const scopes = parseAuditLog(event);
  await enqueue(scopes);
  logger.info("asked for passes", { scopes });
  return { scopes };
});
