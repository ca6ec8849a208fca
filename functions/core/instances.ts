import { IPV4_KEY, IPV6_KEY, MESH_KEY, OWNER_KEY, POD_KEY, POD_NAMESPACE_KEY } from "./attributes.ts";
import type { Instance, PodKey } from "./model.ts";
import type { Settings } from "./settings.ts";

/**
 * Whose an instance is. `ours`: it carries our owner value, or a previous one. `app-mesh`: the App Mesh controller wrote
 * it and nobody has taken it over. `foreign`: everything else, never touched.
 */
export function ownershipOf(
  instance: Instance,
  settings: Pick<Settings, "owner" | "previousOwners">,
): "ours" | "app-mesh" | "foreign" {
  const owner = instance.attributes[OWNER_KEY];
  if (owner === undefined) {
    const isAppMesh = instance.attributes[MESH_KEY] !== undefined && instance.attributes[POD_KEY] !== undefined;
    return isAppMesh ? "app-mesh" : "foreign";
  }
  return owner === settings.owner || settings.previousOwners.includes(owner) ? "ours" : "foreign";
}

/** The pod that an instance says it stands for. */
export function podOf({ attributes }: Instance): PodKey | undefined {
  const namespace = attributes[POD_NAMESPACE_KEY];
  const name = attributes[POD_KEY];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** Whether an instance, registered or to be, has one of these addresses. */
export function isAt({ attributes }: Pick<Instance, "attributes">, ips: readonly string[]): boolean {
  return ips.some((ip) => ip === attributes[IPV4_KEY] || ip === attributes[IPV6_KEY]);
}

export function addressesOf({ attributes }: Pick<Instance, "attributes">): readonly string[] {
  return [attributes[IPV4_KEY], attributes[IPV6_KEY]].filter((address) => address !== undefined);
}
