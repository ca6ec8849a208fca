import { NormalizedSchema } from "@smithy/core/schema";

/** A published API as the pinned SDK has it: the module of its client, which exports a schema an operation. */
export type Model = Readonly<Record<string, unknown>>;

const MISSING = " is missing";

type Direction = "request" | "answer";
/** `[9, namespace, name, traits, input, output]`: how the SDK writes an operation. */
type OperationSchema = readonly [kind: number, string, string, unknown, input: () => unknown, output: () => unknown];

/**
 * What is wrong with a request or an answer by the API's model: members that it does not have, values of another type, and in
 * requests required members that are missing (AWS leaves empty ones out of its answers, required or not). As JSON spells them:
 * times are numbers, blobs are text.
 */
export function modelProblems(
  model: Model,
  operation: string,
  direction: Direction,
  value: unknown,
): readonly string[] {
  if (model[`${operation}$`] === undefined) return [`${operation} is no operation`];
  const problems = problemsOf(operationSchema(model, operation, direction), value, operation);
  return direction === "request" ? problems : problems.filter((problem) => !problem.endsWith(MISSING));
}

/** Throws where the API would not answer so. */
export function checkAnswer(model: Model, operation: string, answer: object): void {
  const problems = modelProblems(model, operation, "answer", answer);
  if (problems.length > 0) throw new Error(`the API of ${operation} does not answer so: ${problems.join("; ")}`);
}

/** What an operation of the API takes, or answers with. */
export function operationSchema(model: Model, operation: string, direction: Direction): NormalizedSchema {
  const found = model[`${operation}$`] as OperationSchema;
  return NormalizedSchema.of((direction === "request" ? found[4] : found[5]) as never);
}

/** A structure's members as the query protocol of EC2 spells them. */
export function memberNames(schema: unknown): readonly string[] {
  return [...NormalizedSchema.of(schema as never).structIterator()].map(([name, member]) => {
    const { ec2QueryName, xmlName } = member.getMergedTraits();
    const spelled = [ec2QueryName, xmlName].find((one) => typeof one === "string") ?? name;
    return spelled.charAt(0).toUpperCase() + spelled.slice(1);
  });
}

function problemsOf(schema: NormalizedSchema, value: unknown, path: string): readonly string[] {
  if (schema.isStructSchema()) return isObject(value) ? structProblems(schema, value, path) : [`${path} is no object`];
  if (schema.isListSchema())
    return Array.isArray(value)
      ? value.flatMap((one, index) => problemsOf(schema.getValueSchema(), one, `${path}[${index}]`))
      : [`${path} is no list`];
  if (schema.isMapSchema())
    return isObject(value)
      ? Object.entries(value).flatMap(([key, one]) => problemsOf(schema.getValueSchema(), one, `${path}.${key}`))
      : [`${path} is no map`];
  const expected = typeOf(schema);
  return expected === undefined || typeof value === expected ? [] : [`${path} is no ${expected}`];
}

function structProblems(schema: NormalizedSchema, value: object, path: string): readonly string[] {
  const members = new Map([...schema.structIterator()].map(([name, member]) => [jsonNameOf(name, member), member]));
  const given = Object.entries(value).filter(([, one]) => one !== undefined);
  return [
    ...given.flatMap(([name, one]) => {
      const member = members.get(name);
      return member === undefined ? [`${path}.${name} is no member`] : problemsOf(member, one, `${path}.${name}`);
    }),
    ...requiredOf(schema, [...members.keys()])
      .filter((name) => !given.some(([key]) => key === name))
      .map((name) => `${path}.${name}${MISSING}`),
  ];
}

/** Required members come first, and their number last. */
function requiredOf(schema: NormalizedSchema, names: readonly string[]): readonly string[] {
  const count = (schema.getSchema() as unknown as readonly unknown[])[6];
  return names.slice(0, typeof count === "number" ? count : 0);
}

function jsonNameOf(name: string, member: NormalizedSchema): string {
  return member.getMergedTraits().jsonName ?? name;
}

function typeOf(schema: NormalizedSchema): "string" | "number" | "boolean" | undefined {
  if (schema.isTimestampSchema() || schema.isNumericSchema()) return "number";
  if (schema.isBooleanSchema()) return "boolean";
  return schema.isStringSchema() || schema.isBlobSchema() ? "string" : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
