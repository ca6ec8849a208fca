import * as z from "zod";
import { AwsJsonError } from "../aws-json.ts";
import type { JsonInput } from "../aws-json.ts";
import type { CloudMapWorld } from "./world.ts";

export type CloudMapOperation = (world: CloudMapWorld, input: JsonInput) => object;
export type CloudMapOperations = Readonly<Record<string, CloudMapOperation>>;

/** The API's shapes: lengths, ranges and patterns are those of its published model. */
export const address = text(255);
export const resourceId = text(64);
export const instanceId = text(64, /^[0-9a-zA-Z_/:.@-]+$/);
export const account = text(12, /^.{12}$/);
export const description = text(1024);
export const serviceName = text(
  127,
  /^(?:(?:[a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9]))*|\.)$/,
);
export const privateName = text(253, /^(?!arn:)[!-~]{1,253}$/);
export const publicName = text(
  253,
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/,
);
export const httpName = text(1024, /^(?!arn:)[!-~]{1,1024}$/);
export const anyName = text(1024, /^[!-~]{1,1024}$/);
export const attributes = z.record(
  text(255, /^[!-~]+$/),
  // As published, without the backtracking: no blank at the start, and the empty value passes.
  text(1024, /^(?:[!-~][ \t!-~]*)?$/),
);
export const tags = z.array(z.object({ Key: z.string().min(1).max(128), Value: text(256) })).max(200);
export const arn = z.string().min(1).max(1011);
export const ttl = z.int().min(0).max(2_147_483_647);
const soa = z.object({ DnsProperties: z.object({ SOA: z.object({ TTL: ttl }) }) });
export const namespaceProperties = soa.optional();
export const page = { MaxResults: z.int().min(1).max(100).optional(), NextToken: text(4096).optional() };
export type PageInput = z.output<z.ZodObject<typeof page>>;
export const filters = z
  .array(
    z.object({
      Name: z.string(),
      Values: z.array(z.string().min(1).max(255)).min(1),
      Condition: z.enum(["EQ", "IN", "BETWEEN", "BEGINS_WITH"]).optional(),
    }),
  )
  .optional();

function text(most: number, pattern?: RegExp) {
  const limited = z.string().max(most);
  return pattern === undefined ? limited : limited.regex(pattern);
}

/** An operation that is asked only with valid input. Members that it does not know are ignored, as AWS does. */
export function operation<T extends z.ZodRawShape>(
  shape: T,
  answer: (world: CloudMapWorld, input: z.output<z.ZodObject<T>>) => object,
): CloudMapOperation {
  const schema = z.object(shape);
  return (world, input) => {
    const parsed = schema.safeParse(input);
    if (parsed.success) return answer(world, parsed.data);
    throw refusal(parsed.error.issues, input);
  };
}

export function invalid(message: string): AwsJsonError {
  return new AwsJsonError("InvalidInput", message);
}

function refusal(issues: readonly z.core.$ZodIssue[], input: JsonInput): AwsJsonError {
  const misread = issues.find((issue) => issue.code === "invalid_type" && valueAt(input, issue.path) !== undefined);
  if (misread !== undefined)
    return new AwsJsonError("SerializationException", `${pathOf(misread)}: ${misread.message}`);
  return invalid(issues.map((issue) => `${pathOf(issue)}: ${messageOf(issue, input)}`).join("; "));
}

function messageOf(issue: z.core.$ZodIssue, input: JsonInput): string {
  return valueAt(input, issue.path) === undefined ? "must be specified" : issue.message;
}

function pathOf({ path }: z.core.$ZodIssue): string {
  return path.map(String).join(".");
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Readonly<Record<PropertyKey, unknown>>)[key] : undefined,
    input,
  );
}
