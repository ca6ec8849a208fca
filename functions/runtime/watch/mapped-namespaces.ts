import type { World } from "../../core/ports.ts";

/** Mappings read within this time are used again, in milliseconds: as long as the configuration is. */
const MEMORY = 60_000;

/**
 * Leaves out the Kubernetes namespaces from which no mapping draws pods, which on most clusters are nearly all. A mapping that
 * is new counts a minute later; until then the schedule knows it. While a source cannot be read, every namespace may be mapped.
 */
export function createMappedNamespaces(
  readWorld: () => Promise<Pick<World, "cluster">>,
  now: () => number,
): (namespaces: readonly string[]) => Promise<readonly string[]> {
  let kept: { readonly at: number; readonly mapped: ReadonlySet<string> } | undefined;
  return async (namespaces) => {
    if (kept === undefined || now() - kept.at >= MEMORY) {
      const { cluster } = await readWorld();
      const sources = await cluster.listMappings();
      if (sources.some(({ state }) => state === "failed")) return namespaces;
      const claims = sources.flatMap((source) => (source.state === "read" ? source.claims : []));
      kept = { at: now(), mapped: new Set(claims.map(({ pods }) => pods.namespace)) };
    }
    const { mapped } = kept;
    return namespaces.filter((namespace) => mapped.has(namespace));
  };
}
