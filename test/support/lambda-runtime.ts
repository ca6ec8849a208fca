import { flushCompileCache } from "node:module";
import { pathToFileURL } from "node:url";
import { takeOverClock } from "./process-clock.ts";

/** Lambda's runtime, as far as a handler sees it. Run as a process of its own: `node lambda-runtime.ts FILE`. */

/** What the runtime is asked over its channel; `advance`: milliseconds by which its clock goes on at once. */
export type Question =
  | {
      readonly kind: "invoke";
      readonly requestId: string;
      readonly event: unknown;
      readonly remainingMs: number;
      readonly clientContext: unknown;
    }
  | { readonly kind: "advance"; readonly milliseconds: number };

export type Answer = {
  readonly requestId: string;
  readonly answer: unknown;
  readonly error: { readonly name: string; readonly message: string } | undefined;
};

type Handler = (event: unknown, context: object) => Promise<unknown>;

const clock = takeOverClock();
const { handler } = (await import(pathToFileURL(`${process.argv[2]}`).href)) as { readonly handler: Handler };

process.on("message", (question: Question) => {
  switch (question.kind) {
    case "invoke":
      void invoke(question);
      return;
    case "advance":
      clock.advance(question.milliseconds);
      return;
    default:
      question satisfies never;
  }
});
process.on("disconnect", () => process.exit());
// Where there is a cache: a process that is stopped by a signal would not write it.
flushCompileCache();
process.send?.("ready");

async function invoke(question: Question & { readonly kind: "invoke" }): Promise<void> {
  const { requestId, event, remainingMs, clientContext } = question;
  const deadline = Date.now() + remainingMs;
  // A trace of its own, by which Powertools tells one invocation's lines from the next one's.
  process.env["_X_AMZN_TRACE_ID"] = `Root=1-69253f00-${requestId.replaceAll("-", "").slice(8)};Sampled=0`;
  const context = {
    awsRequestId: requestId,
    functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
    clientContext,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  const settled = await handler(event, context).then(
    (answer): Answer => ({ requestId, answer, error: undefined }),
    ({ name, message }: Error): Answer => ({ requestId, answer: undefined, error: { name, message } }),
  );
  // What was written before is read before the answer is.
  for (const stream of [process.stdout, process.stderr]) stream.write(`END RequestId: ${requestId}\n`);
  await new Promise(setImmediate);
  process.send?.(settled);
}
