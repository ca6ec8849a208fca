import { createMemory } from "../cloudmap/remember.ts";
import type { Cluster, NodesRead, SourceRead } from "../core/ports.ts";

/** As long as the configuration is, in milliseconds. */
const MAPPINGS_MEMORY = 60_000;
/** A node that leaves hides its pods: seen a little later than in a pass that lists nodes, and in time for what it means. */
const NODES_MEMORY = 10_000;

/**
 * A cluster for many passes: who claims what, and the nodes, are listed anew now and then, and for whoever needs them `fresh`. Pods
 * always are.
 */
export function keepLists(cluster: Cluster, now: () => number): Cluster {
  const mappings = createMemory<readonly SourceRead[]>(MAPPINGS_MEMORY, now);
  const nodes = createMemory<NodesRead>(NODES_MEMORY, now);
  return {
    ...cluster,
    listMappings: async (until, { fresh } = { fresh: true }) => {
      const read = () => cluster.listMappings(until);
      const sources = await (fresh ? mappings.renew("all", read) : mappings.recall("all", read));
      if (sources.some(({ state }) => state === "failed")) mappings.forgetAll();
      return sources;
    },
    listNodes: async (until, { fresh } = { fresh: true }) => {
      const read = () => cluster.listNodes(until);
      const known = await (fresh ? nodes.renew("all", read) : nodes.recall("all", read));
      if (known.state === "unreadable") nodes.forgetAll();
      return known;
    },
  };
}
