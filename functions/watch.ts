import { follow, followTimes } from "./runtime/watch/follow.ts";
import { createLambda } from "./runtime/lambda/lambda.ts";
import { parseScheduledTime } from "./triggers/schedule.ts";

const lambda = createLambda(undefined, { isFrequent: true });

/** EventBridge Scheduler, every five minutes: follows the pods until the next watch has taken over. */
export const handler = lambda.handle(async (event, context) => {
  const time = parseScheduledTime(event);
  // Of all that may be missing, this alone cannot come while it runs.
  lambda.cluster();
  const { end, ...times } = followTimes(time, Date.now(), context.getRemainingTimeInMillis());
  lambda.forget();
  return follow({
    ...times,
    signal: AbortSignal.timeout(Math.max(0, end - Date.now())),
    world: lambda.world,
    pass: (scopes) => lambda.pass({ cause: "watch", scopes }, context),
    logger: lambda.logger,
  });
});
