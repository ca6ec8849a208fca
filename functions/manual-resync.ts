import { InputError } from "./core/errors.ts";
import { ANSWER_BYTES, answerOf, LOGGED_BYTES } from "./runtime/lambda/answer.ts";
import { createLambda } from "./runtime/lambda/lambda.ts";
import { parseCaller, parseResync, whyNothing } from "./triggers/resync.ts";

const lambda = createLambda();

/** A person's invoke: `{ "scope"?, "dryRun"?, "force"? }`; answers with the report, and logs it for those who do not wait. */
export const handler = lambda.handle(async (event, context) => {
  const { scope, dryRun, force } = parseResync(event);
  const caller = parseCaller(context.clientContext);
  lambda.logger.appendKeys({ caller: caller ?? "unknown: CloudTrail tells who invoked" });
  const sweep = () => scope.kind === "all" || scope.kind === "service";
  const report = await lambda.pass({ cause: "resync", scopes: [scope], sweep, dryRun, force, remarks: true }, context);
  if (report === undefined) throw new InputError(`nothing was changed: ${whyNothing(scope, lambda.cluster())}`);
  lambda.logger.info("report", { report: answerOf(report, LOGGED_BYTES) });
  return answerOf(report, ANSWER_BYTES);
});
