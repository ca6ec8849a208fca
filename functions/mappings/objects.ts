import * as z from "zod";
import { InputError } from "../core/errors.ts";
import { byText } from "../core/model.ts";
import type { BrokenClaim } from "../core/claim-problem.ts";
import type { Attributes, Claim, PodQuery } from "../core/model.ts";
import type { Unranked } from "../core/ports.ts";
import { Mistakes, problemsOf } from "./mistakes.ts";

/** What every Kubernetes object says of itself. */
export type Metadata = {
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Attributes;
  readonly labels: Attributes;
  /** RFC 3339. */
  readonly createdAt: string | undefined;
  readonly isDeleted: boolean;
};

/** The Cloud Map service that an object asks for. */
export type ClaimedService = Pick<Claim, "namespace" | "service">;

/** How an object puts its pods there. */
export type Rule = Omit<Claim, "namespace" | "service" | "origin" | "from" | "createdAt" | "pods" | "policy">;

/** What objects of other makers do not say: the configuration's own counts. */
export const OF_CONFIGURATION = {
  id: undefined,
  labels: undefined,
  creation: { ttl: undefined, customHealth: undefined },
} as const;

/** How the objects of one kind are read. Each step throws an InputError where the object is wrong. */
export type Rules = {
  readonly source: string;
  readonly kind: string;
  /** Undefined: the object claims nothing. Apart from `rule`, so that a mistake there is reported with the service it concerns. */
  readonly target: (object: unknown, metadata: Metadata) => ClaimedService | undefined;
  /** Apart from `rule` too, so that a mistake there concerns these pods alone. Undefined: the object selects none. */
  readonly pods: (object: unknown, metadata: Metadata) => PodQuery | undefined;
  readonly rule: (object: unknown, metadata: Metadata) => Rule;
};

export type Collected = {
  readonly claims: readonly Unranked<Claim>[];
  readonly broken: readonly Unranked<BrokenClaim>[];
};

/** The claims of a kind's objects by namespace and name. What is wrong with one stays with it. One that is being deleted claims nothing. */
export function collectClaims(objects: readonly unknown[], rules: Rules): Collected {
  const claims: Unranked<Claim>[] = [];
  const broken: Unranked<BrokenClaim>[] = [];
  for (const { object, metadata } of sortObjects(objects)) {
    if (metadata.isDeleted) continue;
    const read = readObject(object, metadata, rules);
    if (read === undefined) continue;
    if ("problem" in read) broken.push(read);
    else claims.push(read);
  }
  return { claims, broken };
}

function readObject(
  object: unknown,
  metadata: Metadata,
  rules: Rules,
): Unranked<Claim> | Unranked<BrokenClaim> | undefined {
  const target = attempt(() => rules.target(object, metadata));
  if (target === undefined) return undefined;
  const pods = attempt(() => rules.pods(object, metadata));
  if (pods === undefined) return undefined;
  const rule = attempt(() => rules.rule(object, metadata));
  const { namespace: from, createdAt } = metadata;
  const origin = { source: rules.source, name: originName(rules.kind, metadata) };
  if (!isWrong(target) && !isWrong(pods) && !isWrong(rule))
    return { ...target, pods, ...rule, origin, from, createdAt, policy: undefined };
  const { namespace, service } = isWrong(target) ? { namespace: undefined, service: undefined } : target;
  const { message: problem } = new Mistakes(
    [target, pods, rule].flatMap((step) => (isWrong(step) ? problemsOf(step) : [])),
  );
  return { origin, from, pods: isWrong(pods) ? undefined : pods, namespace, service, problem };
}

function attempt<T>(step: () => T): T | InputError {
  try {
    return step();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

function isWrong(step: unknown): step is InputError {
  return step instanceof InputError;
}

export function sortObjects(objects: readonly unknown[]): readonly { object: unknown; metadata: Metadata }[] {
  return objects
    .map((object) => ({ object, metadata: parseMetadata(object) }))
    .toSorted((a, b) => byText(a.metadata.namespace, b.metadata.namespace) || byText(a.metadata.name, b.metadata.name));
}

/** What a schema makes of an object. Throws Mistakes that name each field that is wrong. */
export function parseShape<T>(schema: z.ZodType<T>, object: unknown): T {
  const parsed = schema.safeParse(object);
  if (parsed.success) return parsed.data;
  throw new Mistakes(
    parsed.error.issues.map(({ path, message }) => {
      const field = path.length === 0 ? "the object" : path.map(String).join(".");
      return `${field} cannot be read (${message}); correct it`;
    }),
  );
}

const text = z.string().catch("");
const attributes = z.record(z.string(), z.string()).catch({});

/** Lenient: the API server has checked it, and an object without a name has still to be reported. */
const metadataSchema = z.object({
  metadata: z
    .object({
      namespace: text,
      name: text,
      annotations: attributes,
      labels: attributes,
      creationTimestamp: z.string().optional().catch(undefined),
      deletionTimestamp: z.unknown().optional(),
    })
    .catch({
      namespace: "",
      name: "",
      annotations: {},
      labels: {},
      creationTimestamp: undefined,
      deletionTimestamp: null,
    }),
});

function parseMetadata(object: unknown): Metadata {
  const parsed = metadataSchema.safeParse(object);
  if (!parsed.success)
    return { namespace: "", name: "", annotations: {}, labels: {}, createdAt: undefined, isDeleted: false };
  const { creationTimestamp: createdAt, deletionTimestamp, ...rest } = parsed.data.metadata;
  return { ...rest, createdAt, isDeleted: deletionTimestamp !== undefined && deletionTimestamp !== null };
}

export function originName(kind: string, { namespace, name }: Metadata): string {
  return name === "" ? `${kind} without a name` : `${kind} ${namespace}/${name}`;
}
