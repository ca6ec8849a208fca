import * as lambdaModel from "@aws-sdk/client-lambda";
import { checkAnswer } from "../model.ts";
import type { Handler } from "../serve.ts";

/** What became of an invocation: what the handler returned, or what it threw. */
export type Invoked = {
  readonly answer: unknown;
  readonly error: { readonly name: string; readonly message: string } | undefined;
};

export type LambdaFunction = {
  readonly role: string;
  readonly state?: string;
  /** Reserved for it; undefined: it takes of the account's. */
  readonly concurrency?: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly invoke: (event: unknown, clientContext: unknown) => Promise<Invoked>;
};

export type LambdaWorld = {
  /** By name. */
  readonly functions: Map<string, LambdaFunction>;
  /** What every call is answered instead. */
  failure: { readonly status: number; readonly code: string; readonly message: string } | undefined;
};

export function createLambdas(): LambdaWorld {
  return { functions: new Map(), failure: undefined };
}

/** What AWS lets a synchronous answer have, in bytes. */
const ANSWER_BYTES = 6 * 1024 * 1024;

/** Lambda's Invoke, synchronous, and what shows a function (REST JSON) over `world`, for `serve`. */
export function lambdaHandler(world: LambdaWorld): Handler {
  return async (request) => {
    const { failure } = world;
    if (failure !== undefined) return refuse(failure.status, failure.code, failure.message);
    const { pathname } = new URL(request.url);
    const [, encoded = "", operation] =
      /^\/20\d\d-\d\d-\d\d\/functions\/([^/]+)\/(invocations|configuration|concurrency)$/.exec(pathname) ?? [];
    const name = decodeURIComponent(encoded);
    const found = world.functions.get(name);
    if (operation === undefined) return refuse(404, "UnknownOperationException", "The operation is not emulated");
    if (found === undefined) return refuse(404, "ResourceNotFoundException", `Function not found: ${name}`);
    if (operation === "concurrency") return shownConcurrency(found);
    if (operation === "configuration") return shown(name, found);
    // What is throttled for ever is answered as what is throttled now.
    return found.concurrency === 0 ? refuse(429, "TooManyRequestsException", "Rate Exceeded.") : invoke(found, request);
  };
}

async function invoke({ invoke: work }: LambdaFunction, request: Request): Promise<Response> {
  const text = await request.text();
  const context = request.headers.get("x-amz-client-context");
  const { answer, error } = await work(
    text === "" ? {} : JSON.parse(text),
    context === null ? undefined : JSON.parse(Buffer.from(context, "base64").toString("utf8")),
  );
  if (error !== undefined) return failed({ errorType: error.name, errorMessage: error.message, trace: [] });
  const body = JSON.stringify(answer);
  if (Buffer.byteLength(body) > ANSWER_BYTES)
    return failed({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    });
  return new Response(body, { headers: { "x-amz-executed-version": "$LATEST" } });
}

/** The call succeeds, the function did not. */
function failed(error: object): Response {
  return new Response(JSON.stringify(error), { headers: { "x-amz-function-error": "Unhandled" } });
}

function shown(name: string, { role, state = "Active", variables }: LambdaFunction): Response {
  const answer = {
    FunctionName: name,
    Role: role,
    State: state,
    LastUpdateStatus: "Successful",
    Environment: { Variables: { ...variables } },
  };
  checkAnswer(lambdaModel, "GetFunctionConfiguration", answer);
  return Response.json(answer);
}

function shownConcurrency({ concurrency }: LambdaFunction): Response {
  const answer = concurrency === undefined ? {} : { ReservedConcurrentExecutions: concurrency };
  checkAnswer(lambdaModel, "GetFunctionConcurrency", answer);
  return Response.json(answer);
}

function refuse(status: number, code: string, Message: string): Response {
  return Response.json({ Message, Type: "User" }, { status, headers: { "x-amzn-errortype": code } });
}
