import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import * as z from "zod";
import { InputError } from "../../core/errors.ts";
import type { Answer } from "../../runtime/lambda/answer.ts";
import type { Environment } from "../../runtime/configuration/environment.ts";
import { awsFailure, clientSettings } from "./aws.ts";

/** As functions/triggers/resync.ts takes it. */
export type ResyncPayload = {
  readonly scope?: { readonly service: string } | { readonly namespace: string } | { readonly node: string };
  readonly dryRun: boolean;
  readonly force: boolean;
};

/** The function ends after two minutes; the answer needs some time to come, in milliseconds. */
const PATIENCE = 150_000;

/**
 * Lets the function `name` make a pass, and answers with its report. It is asked once: an invocation whose answer is lost goes on. Throws
 * an InputError with what the function says where it failed.
 */
export async function invokeResync(
  name: string,
  payload: ResyncPayload,
  caller: string,
  environment: Environment,
): Promise<Answer> {
  const settings = clientSettings(environment);
  const requestHandler = { ...settings.requestHandler, requestTimeout: PATIENCE };
  const client = new LambdaClient({ ...settings, maxAttempts: 1, requestHandler });
  const ClientContext = Buffer.from(JSON.stringify({ custom: { caller } })).toString("base64");
  const command = new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload), ClientContext });
  const { Payload, FunctionError } = await client.send(command).catch((error: unknown) => {
    throw refusalOf(name, error);
  });
  client.destroy();
  const text = new TextDecoder().decode(Payload);
  if (FunctionError !== undefined) throw new InputError(`function ${name} failed: ${saidBy(text)}`);
  return parseAnswer(text, name);
}

function refusalOf(name: string, error: unknown): InputError {
  const what = `function ${name} could not be invoked`;
  if (error instanceof Error && error.name === "TooManyRequestsException")
    return new InputError(
      `${what}: ${error.message}; run this again, or give the function concurrency again where it was taken away`,
      { cause: error },
    );
  if (error instanceof Error && error.name === "TimeoutError")
    return new InputError(
      `function ${name} has not answered within ${PATIENCE / 1000} s; look for "report" in its log, and run this again`,
      { cause: error },
    );
  return awsFailure(what, `lambda:InvokeFunction on ${name}`, error);
}

const errorSchema = z.object({ errorType: z.string().optional(), errorMessage: z.string() });

/** What the function threw, or Lambda said of it. */
function saidBy(text: string): string {
  const { data } = errorSchema.safeParse(parseJson(text));
  if (data === undefined) return `${text.slice(0, 1_000)}; look into its log`;
  if (/^Task timed out|\.Timeout/.test(`${data.errorMessage} ${data.errorType}`))
    return `${data.errorMessage}; what it wrote takes effect: run this again, or name a --service`;
  return data.errorMessage;
}

/** What the renderings need of a report; a later release may say more. */
const answerSchema = z.looseObject({
  version: z.string(),
  services: z.array(
    z.looseObject({
      namespace: z.string(),
      service: z.string(),
      desired: z.number(),
      registered: z.number(),
      changes: z.array(z.looseObject({ kind: z.string(), id: z.string(), reason: z.string() })),
      held: z.array(z.looseObject({ kind: z.string(), id: z.string(), reason: z.string(), remedy: z.string() })),
      error: z.string().nullable(),
    }),
  ),
  drift: z.record(z.string(), z.number()),
  claims: z.array(z.looseObject({ claim: z.string(), problem: z.string() })),
  errors: z.array(z.string()),
  warnings: z.array(z.string()),
  ok: z.boolean(),
  counts: z.record(z.string(), z.number()),
  cutTo: z.number().optional(),
});

function parseAnswer(text: string, name: string): Answer {
  const { data } = answerSchema.safeParse(parseJson(text));
  if (data === undefined)
    throw new InputError(
      `function ${name} answered with something other than a report: ${text.slice(0, 200)}; use the release that is deployed`,
    );
  return data as unknown as Answer;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
