import { AwsJsonError } from "../aws-json.ts";
import type { CloudMapWorld } from "./world.ts";

/**
 * What a share of AWS RAM does not give the accounts that it is shared with, though a policy of theirs would: the namespace
 * itself stays its owner's, and its managed permissions leave tagging to ECS alone. Throws as AWS denies.
 */
export function checkConsumer(world: CloudMapWorld, owner: string, operation: string, resource: string): void {
  if (owner === world.account) return;
  const isTagging = /Tag/.test(operation);
  if (isTagging && world.options.sharesTagging) return;
  throw denied(world, operation, resource, "resource-based");
}

/** AWS's sentence where a right is missing. `policy`: the kind that would give it. */
export function denied(
  world: CloudMapWorld,
  operation: string,
  resource: string,
  policy: "identity-based" | "resource-based",
): AwsJsonError {
  const who = `arn:aws:sts::${world.account}:assumed-role/caller/session`;
  const right = `servicediscovery:${operation}`;
  return new AwsJsonError(
    "AccessDeniedException",
    `User: ${who} is not authorized to perform: ${right} on resource: ${resource} because no ${policy} policy allows the ${right} action`,
  );
}

/** The account in an ARN. */
export function accountOf(arn: string): string {
  return arn.split(":")[4] ?? "";
}
