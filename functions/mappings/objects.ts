import * as z from "zod";
import { InputError } from "../core/errors.ts";
import { byText } from "../core/model.ts";
import type { Attributes, BrokenClaim, Claim, SourceName } from "../core/model.ts";

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
export type Target = Pick<Claim, "namespace" | "service">;

/** Which pods an object puts there, and how. */
export type Rule = Pick<Claim, "pods" | "chooses" | "ports" | "attributes" | "coreAttributes" | "unready">;

/** How the objects of one kind are read. Both steps throw an InputError where the object is wrong. */
export type Rules = {
  readonly source: SourceName;
  readonly kind: string;
  /** Undefined: the object claims nothing. Apart from `rule`, so that a mistake there is reported with the service it concerns. */
  readonly target: (object: unknown, metadata: Metadata) => Target | undefined;
  /** Undefined: the object selects no pods. */
  readonly rule: (object: unknown, metadata: Metadata) => Rule | undefined;
};

export type Collected = { readonly claims: readonly Claim[]; readonly broken: readonly BrokenClaim[] };

/** The claims of a kind's objects by namespace and name. What is wrong with one stays with it. One that is being deleted claims nothing. */
export function collectClaims(objects: readonly unknown[], rules: Rules): Collected {
  const claims: Claim[] = [];
  const broken: BrokenClaim[] = [];
  for (const { object, metadata } of sortObjects(objects)) {
    if (metadata.isDeleted) continue;
    const from = metadata.namespace;
    const origin = { source: rules.source, name: nameOf(rules.kind, metadata) };
    let target: Target | undefined;
    try {
      target = rules.target(object, metadata);
      const rule = target === undefined ? undefined : rules.rule(object, metadata);
      if (target !== undefined && rule !== undefined)
        claims.push({ ...target, ...rule, origin, from, policy: undefined });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      broken.push({ origin, from, namespace: target?.namespace, service: target?.service, problem: error.message });
    }
  }
  return { claims, broken };
}

export function sortObjects(objects: readonly unknown[]): readonly { object: unknown; metadata: Metadata }[] {
  return objects
    .map((object) => ({ object, metadata: parseMetadata(object) }))
    .toSorted((a, b) => byText(a.metadata.namespace, b.metadata.namespace) || byText(a.metadata.name, b.metadata.name));
}

/** What a schema makes of an object. Throws an InputError that names the first field that is wrong. */
export function parseShape<T>(schema: z.ZodType<T>, object: unknown): T {
  const parsed = schema.safeParse(object);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? "the object" : issue.path.map(String).join(".");
  throw new InputError(`${field} cannot be read (${issue?.message ?? "unexpected shape"}); mend it`);
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

function nameOf(kind: string, { namespace, name }: Metadata): string {
  return name === "" ? `${kind} without a name` : `${kind} ${namespace}/${name}`;
}
