import type { JsonInput } from "../aws-json.ts";
import { denied } from "./consumer.ts";
import type { CloudMapWorld } from "./world.ts";

/** A right as a policy has it: `servicediscovery:<operation>` on an ARN, or on `*` where the operation knows no resource. */
export type Right = { readonly operation: string; readonly resource: string };

/**
 * Throws as AWS does for a caller whose policies lack a right that the call takes. AWS looks at the rights before it looks at what is
 * asked: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function checkRights(world: CloudMapWorld, operation: string, input: JsonInput): void {
  for (const right of rightsOf(world, operation, input))
    if (world.options.lacks?.(right) === true) throw denied(world, right.operation, right.resource, "identity-based");
}

/** Tags that a service is created with take a right of their own. */
function rightsOf(world: CloudMapWorld, operation: string, input: JsonInput): readonly Right[] {
  const right = { operation, resource: resourceOf(world, operation, input) };
  const { Tags } = input;
  const tags = operation === "CreateService" && Array.isArray(Tags) && Tags.length > 0;
  return tags ? [right, { operation: "TagResource", resource: "*" }] : [right];
}

function resourceOf(world: CloudMapWorld, operation: string, { ServiceId, NamespaceId, Id }: JsonInput): string {
  const isOfService = /^(Get|Update|Delete)Service$/.test(operation);
  const service = ServiceId ?? (isOfService ? Id : undefined);
  if (typeof service === "string") return arnOf(world, "service", world.services, service);
  const namespace = operation === "GetNamespace" ? Id : NamespaceId;
  return typeof namespace === "string" ? arnOf(world, "namespace", world.namespaces, namespace) : "*";
}

function arnOf(
  { region, account }: CloudMapWorld,
  kind: string,
  known: ReadonlyMap<string, { readonly arn: string }>,
  address: string,
): string {
  const id = address.slice(address.lastIndexOf("/") + 1);
  return known.get(id)?.arn ?? `arn:aws:servicediscovery:${region}:${account}:${kind}/${id}`;
}
