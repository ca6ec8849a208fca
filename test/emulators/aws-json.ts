import { randomUUID } from "node:crypto";
import * as z from "zod";
import { checkAnswer } from "./model.ts";
import type { Model } from "./model.ts";
import type { Handler } from "./serve.ts";

export type JsonInput = Readonly<Record<string, unknown>>;

/** What an emulated service answers instead of a result. `fields`: the error's own members, besides its message. */
export class AwsJsonError extends Error {
  override readonly name = "AwsJsonError";
  readonly code: string;
  readonly status: number;
  readonly fields: JsonInput;

  constructor(
    code: string,
    message: string,
    { status = 400, fields = {} }: { status?: number; fields?: JsonInput } = {},
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

/**
 * The awsJson protocol, 1.0 and 1.1: an operation is named by `X-Amz-Target: <prefix>.<operation>`, input and result are JSON.
 * Any signature, host and path will do. `answer` returns the result, or a Response to send instead of one. A result that the
 * `model` does not have is the emulator's failure.
 */
export function awsJsonHandler(
  targetPrefix: string,
  answer: (operation: string, input: JsonInput, signal: AbortSignal) => Promise<object>,
  model?: Model,
): Handler {
  return async (request) => {
    const contentType = contentTypeOf(request);
    try {
      const operation = parseTarget(request, targetPrefix);
      const input = await parseInput(request);
      const result = await answer(operation, input, request.signal);
      if (result instanceof Response) return result;
      if (model !== undefined) checkAnswer(model, operation, result);
      return respond(200, contentType, result);
    } catch (error) {
      const { code, message, status, fields } = awsErrorOf(error);
      // Services differ in how they spell it; clients take either.
      return respond(status, contentType, { __type: code, message, Message: message, ...fields });
    }
  };
}

/** Input that is not of the API's shape is the caller's mistake, everything else the emulator's. */
function awsErrorOf(error: unknown): AwsJsonError {
  if (error instanceof AwsJsonError) return error;
  if (error instanceof z.ZodError) return new AwsJsonError("ValidationException", z.prettifyError(error));
  return new AwsJsonError("InternalFailure", String(error), { status: 500 });
}

export function unknownOperation(): AwsJsonError {
  return new AwsJsonError("UnknownOperationException", "The requested operation is not recognized");
}

function parseTarget(request: Request, prefix: string): string {
  const target = request.headers.get("x-amz-target") ?? "";
  if (request.method !== "POST" || !target.startsWith(`${prefix}.`)) throw unknownOperation();
  return target.slice(prefix.length + 1);
}

async function parseInput(request: Request): Promise<JsonInput> {
  const text = await request.text();
  let input: unknown;
  try {
    input = text === "" ? {} : JSON.parse(text, withoutNulls);
  } catch {
    throw new AwsJsonError("SerializationException", "The request is not valid JSON");
  }
  if (typeof input !== "object" || input === null || Array.isArray(input))
    throw new AwsJsonError("SerializationException", "The request is not a JSON object");
  return input as JsonInput;
}

/** A member that is null is one that is not given. */
function withoutNulls(_key: string, value: unknown): unknown {
  return value === null ? undefined : value;
}

function contentTypeOf(request: Request): string {
  const asked = request.headers.get("content-type") ?? "";
  return asked.startsWith("application/x-amz-json-1.0") ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1";
}

function respond(status: number, contentType: string, body: object): Response {
  const headers = { "content-type": contentType, "x-amzn-requestid": randomUUID() };
  return new Response(JSON.stringify(body), { status, headers });
}
