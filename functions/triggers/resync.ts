import * as z from "zod";
import { bounded, boundedName } from "../core/bounded.ts";
import { InputError } from "../core/errors.ts";
import type { Scope } from "../core/model.ts";
import { parseServiceScope } from "../core/scopes.ts";
import { cloudMapName, kubernetesName } from "./names.ts";

const scopeSchema = z.union(
  [
    z.strictObject({ service: cloudMapName }),
    z.strictObject({ namespace: kubernetesName }),
    z.strictObject({ node: kubernetesName }),
  ],
  { error: 'write one of {"service": "[NAMESPACE/]NAME"}, {"namespace": "…"} (Kubernetes) or {"node": "…"}' },
);

const flag = z.boolean({ error: "write true or false" }).default(false);

const SHAPE = 'write an object like {"scope": {"service": "web"}, "dryRun": true}';

const resyncSchema = z.strictObject(
  { scope: scopeSchema.optional(), dryRun: flag, force: flag },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `there is no key ${issue.keys.map((key) => JSON.stringify(key)).join(" or ")}, only scope, dryRun and force; ${SHAPE}`
        : SHAPE,
  },
);

/** As much as a message says of what is wrong, in characters. */
const LONGEST = 1_000;

export type Resync = { readonly scope: Scope; readonly dryRun: boolean; readonly force: boolean };

/** What a person asks for; without a scope everything. Throws an InputError that says what was wrong with the payload. */
export function parseResync(payload: unknown): Resync {
  const parsed = resyncSchema.safeParse(payload ?? {});
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "payload"}: ${message}`);
    throw new InputError(`nothing was changed: the payload is wrong: ${bounded(problems.join("; "), LONGEST)}`);
  }
  const { scope, dryRun, force } = parsed.data;
  return { scope: scope === undefined ? { kind: "all" } : scopeOf(scope), dryRun, force };
}

const callerSchema = z.object({ caller: z.string().min(1).transform(boundedName) });
const contextSchema = z.union([callerSchema, z.object({ custom: callerSchema }).transform(({ custom }) => custom)]);

/**
 * Who asks, as far as the invocation tells: Lambda says nothing of the IAM identity, so that it is what the person wrote into
 * the client context, `{"caller": "…"}` or `{"custom": {"caller": "…"}}`.
 */
export function parseCaller(clientContext: unknown): string | undefined {
  return contextSchema.safeParse(clientContext).data?.caller;
}

/** Why a scope means nothing here, and what to do. */
export function whyNothing(scope: Scope, cluster: string): string {
  return scope.kind === "namespace"
    ? `no mapping draws pods from the Kubernetes namespace ${scope.namespace}; check its name, or ask for everything with {}`
    : `cluster ${cluster} has no such node, or its nodes cannot be read (then a warning says why); write a node's name or its EC2 instance id`;
}

function scopeOf(scope: z.infer<typeof scopeSchema>): Scope {
  if ("service" in scope) return parseServiceScope(scope.service);
  if ("namespace" in scope) return { kind: "namespace", namespace: scope.namespace };
  return { kind: "node", node: scope.node };
}
