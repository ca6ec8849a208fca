import { createLambda } from "./runtime/lambda/lambda.ts";
import { isSweep, parseScheduledTime } from "./triggers/schedule.ts";

const lambda = createLambda();

/** EventBridge Scheduler, each minute: every service, and every so often orphans. */
export const handler = lambda.handle(async (event, context) => {
  const time = parseScheduledTime(event);
  const { orphans } = await lambda.configuration();
  const sweep = isSweep(time, orphans.everyMinutes);
  return lambda.pass({ cause: "schedule", scopes: [{ kind: "all" }], sweep }, context);
});
