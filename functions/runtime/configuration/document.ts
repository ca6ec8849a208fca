import { isNode, LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";
import * as z from "zod";
import { bounded } from "../../core/bounded.ts";
import { InputError, messageOf } from "../../core/errors.ts";
import type { Configuration } from "../../core/settings.ts";
import { nearest } from "../../core/nearest.ts";
import { configurationSchema } from "./schema.ts";
import { yamlProblem } from "./yaml-problem.ts";

/**
 * Reads a configuration document, YAML or JSON, and fills in the defaults. `origin` is what messages call it. `cluster`,
 * where given, wins over the document's own.
 *
 * Throws an InputError that lists everything that is wrong, each with its path and what to write instead.
 */
export function parseConfiguration(text: string, origin: string, cluster?: string): Configuration {
  const { value, lineOf } = parseYaml(text, origin);
  const document = cluster === undefined || !isObject(value) ? value : { ...value, cluster };
  return checkConfiguration(document, origin, lineOf);
}

/** The same for a document that is data already. `lineOf`: where in a text a path is. */
export function checkConfiguration(
  document: unknown,
  origin: string,
  lineOf: (path: readonly PropertyKey[]) => number | undefined = () => undefined,
): Configuration {
  if (!isObject(document))
    throw new InputError(
      `${origin}: is no configuration; write keys and values, at least \`cluster\` and \`namespaces\``,
    );
  const parsed = configurationSchema.safeParse(document);
  const mistakes = parsed.success ? [] : parsed.error.issues.flatMap(oneByOne);
  const problems = [...mistakes.slice(0, MOST_TOLD).map(problemOf), ...crossProblems(document)];
  if (!parsed.success || problems.length > 0)
    throw new InputError(problemsText(origin, problems, Math.max(0, mistakes.length - MOST_TOLD), lineOf));
  return parsed.data;
}

/** As many mistakes as one message tells. */
const MOST_TOLD = 50;

type Problem = { readonly path: readonly PropertyKey[]; readonly message: string };

function parseYaml(text: string, origin: string) {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  // Those after the first follow from it, most often.
  const [mistake] = [...document.errors, ...document.warnings];
  if (mistake !== undefined) {
    const line = bounded(yamlProblem(mistake, text), LONGEST_LINE);
    throw new InputError(`${origin} cannot be read as YAML or JSON; correct this first:\n  ${line}`);
  }
  try {
    return { value: document.toJS() as unknown, lineOf: lineFinder(document, lineCounter) };
  } catch (error) {
    // Aliases are resolved only here: of anchors that are not there, or so many that they would fill the memory.
    throw new InputError(`${origin} cannot be read: ${messageOf(error)}; write it without anchors and aliases`, {
      cause: error,
    });
  }
}

/** The line of what is at a path, or of what should hold it. A text of one line, as stacks have it, needs none. */
function lineFinder(
  document: Document.Parsed,
  lines: LineCounter,
): (path: readonly PropertyKey[]) => number | undefined {
  return (path) => {
    if (lines.lineStarts.length < 2) return undefined;
    for (let length = path.length; length > 0; length--) {
      const node: unknown = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return undefined;
  };
}

/** An unknown key each. */
function oneByOne(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  return issue.code === "unrecognized_keys" ? issue.keys.map((key) => ({ ...issue, keys: [key] })) : [issue];
}

function problemOf(issue: z.core.$ZodIssue): Problem {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    return { path: [...path, key], message: unknownKey(key, path) };
  }
  return { path, message: issue.code === "invalid_key" ? (issue.issues[0]?.message ?? "") : issue.message };
}

function unknownKey(key: string, path: readonly PropertyKey[]): string {
  const known = knownKeys(path);
  const near = nearest(key, known);
  return near === undefined
    ? `there is no such key; the keys here are ${known.join(", ")}`
    : `there is no such key; did you mean ${near}?`;
}

/** The keys that the schema knows at a path. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let schema: z.core.JSONSchema.BaseSchema | undefined = z.toJSONSchema(configurationSchema, { io: "input" });
  for (const step of path) {
    const next: unknown = typeof step === "number" ? schema?.items : schema?.properties?.[String(step)];
    schema = isObject(next) ? next : undefined;
  }
  const names = isObject(schema?.propertyNames) ? schema.propertyNames["enum"] : undefined;
  return Array.isArray(names) ? names.map(String) : Object.keys(schema?.properties ?? {});
}

/** What is compared across keys, taken leniently: so that it is told together with what else is wrong. */
const crossed = z.looseObject({
  namespaces: z.array(z.unknown()).catch([]),
  mappings: z
    .array(
      z
        .looseObject({ namespace: z.unknown().optional(), service: z.unknown().optional() })
        .catch({ namespace: null, service: null }),
    )
    .catch([])
    .default([]),
  retired: z.array(z.unknown()).catch([]).default([]),
});

function crossProblems(document: object): readonly Problem[] {
  const { namespaces, mappings, retired } = crossed.parse(document);
  const listed = [...new Set(namespaces.filter((name) => typeof name === "string"))];
  const first = new Map(namespaces.map((name, index) => [name, index] as const).toReversed());
  const repeated = namespaces.flatMap((name, index): readonly Problem[] =>
    first.get(name) === index
      ? []
      : [{ path: ["namespaces", index], message: `is ${JSON.stringify(name)} once more; leave it out` }],
  );
  const strays = mappings.flatMap(({ namespace }, index): readonly Problem[] => {
    const path = ["mappings", index, "namespace"];
    if (namespace === undefined && listed.length > 1)
      return [{ path, message: `is missing, and there are several; write one of ${listed.join(", ")}` }];
    if (typeof namespace !== "string" || listed.length === 0 || listed.includes(namespace)) return [];
    const message = `is ${JSON.stringify(namespace)}, which is not among \`namespaces\`; write one of ${listed.join(", ")}, as it is written there, or add it there`;
    return [{ path, message }];
  });
  const names = mappings.flatMap(({ namespace = listed[0], service }, index) =>
    typeof namespace === "string" && typeof service === "string"
      ? [service, `${namespace}/${service}`].map((name) => [name, index] as const)
      : [],
  );
  const claimants = new Map(names.toReversed());
  const claimed = retired.flatMap((name, index): readonly Problem[] => {
    const mapping = typeof name === "string" ? claimants.get(name) : undefined;
    if (mapping === undefined) return [];
    const message = `is ${JSON.stringify(name)}, which mappings[${mapping}] claims; take one of the two away`;
    return [{ path: ["retired", index], message }];
  });
  return [...repeated, ...strays, ...claimed];
}

/** `more`: how many others there are. */
function problemsText(
  origin: string,
  problems: readonly Problem[],
  more: number,
  lineOf: (path: readonly PropertyKey[]) => number | undefined,
): string {
  const inOrder = problems.toSorted((a, b) => (lineOf(a.path) ?? 0) - (lineOf(b.path) ?? 0));
  const place = (path: readonly PropertyKey[]) => {
    const line = lineOf(path);
    return line === undefined ? "" : `line ${line}: `;
  };
  // One value may fail several checks of one schema, whose message is the same.
  const all = [...new Set(inOrder.map(({ path, message }) => `${place(path)}${pathText(path)}: ${message}`))];
  const count = all.length + more;
  const told = all.slice(0, MOST_TOLD).map((line) => `  ${bounded(line, LONGEST_LINE)}`);
  const rest = count === told.length ? [] : [`  and ${count - told.length} more; correct these first`];
  return `${origin} has ${count === 1 ? "one mistake" : `${count} mistakes`}:\n${[...told, ...rest].join("\n")}`;
}

/** A line may hold what was written, which may be of any length. */
const LONGEST_LINE = 1_000;

/** `mappings[0].pods.namespace`; keys that are no plain words are quoted. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      const name = String(step);
      if (!/^\w+$/.test(name)) return `[${JSON.stringify(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join("");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
