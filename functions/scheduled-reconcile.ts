import type { Configuration } from "./core/settings.ts";
import { createLambda } from "./runtime/lambda/lambda.ts";
import { isSweep, parseScheduledTime } from "./triggers/schedule.ts";

const lambda = createLambda();

/** EventBridge Scheduler, each minute: every service, and every so often orphans; nothing while the pass before is at work. */
export const handler = lambda.handle(async (event, context) => {
  const time = parseScheduledTime(event);
  const sweep = ({ orphans }: Configuration) => isSweep(time, orphans.everyMinutes);
  const ask = { cause: "schedule", scopes: [{ kind: "all" }], sweep, leavesYoung: true } as const;
  const report = await lambda.inTurn(() => lambda.pass(ask, context));
  if (report === undefined) lambda.logger.info("the pass before is still at work");
  return report;
});
