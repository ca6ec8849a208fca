import { CLUSTER_KEY, OWNER_KEY } from "../core/attributes.ts";
import type { Settings } from "../core/settings.ts";
import type { About } from "./about.ts";
import type { Reads } from "../runtime/remarks/record.ts";

/**
 * Why a wrong context would not show: EKS does not vouch for the cluster, and no instance of the owner tells it yet. Undefined where one
 * of the two does.
 */
export function whyUnvouched(
  { identity, owner }: Pick<Settings, "identity" | "owner">,
  { instances }: Pick<Reads, "instances">,
  { server }: Pick<About, "server">,
): string | undefined {
  if (identity.isUnvouched !== true) return undefined;
  const all = [...instances.values()].flat();
  const isOfHere = all.some(
    ({ attributes }) => attributes[OWNER_KEY] === owner && attributes[CLUSTER_KEY] === identity.cluster,
  );
  if (isOfHere) return undefined;
  return `EKS does not say whether ${server} is the cluster of owner ${owner}, and no instance that was read is of this owner and from this cluster (UID ${identity.cluster}), by which it would be known: check the context (--context)`;
}

/** What an owner that was copied from elsewhere looks like: an ARN of another account or region than Cloud Map's. */
export function whyElsewhere(
  { identity, owner, namespaces }: Settings,
  { account, region }: About,
): string | undefined {
  const [, , , ofRegion, ofAccount] = owner.split(":");
  // Through EKS the owner is this cluster's own; a namespace that is named by its ARN may be another account's.
  if (!/^arn:[^:]*:eks:/.test(owner) || identity.arn !== undefined) return undefined;
  if (account === null || namespaces.some((one) => one.startsWith("arn:"))) return undefined;
  if (ofAccount === account && ofRegion === region) return undefined;
  return `owner ${owner} is of account ${ofAccount}, region ${ofRegion}, and Cloud Map here is of account ${account}, region ${region}: correct \`owner\` if that is not meant`;
}
