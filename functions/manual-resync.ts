import { createLambda } from "./runtime/lambda.ts";
import { parseResync } from "./triggers/resync.ts";

const lambda = createLambda();

/** A person's invoke: `{ "scope"?, "dryRun"?, "force"? }`; answers with the report. */
export const handler = lambda.handle(async (event, context) => {
  const { scope, dryRun, force } = parseResync(event);
  const sweep = scope.kind === "all" || scope.kind === "service";
  return lambda.pass({ cause: "resync", scopes: [scope], sweep, dryRun, force }, context);
});
