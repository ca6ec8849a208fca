import type { Composed } from "../../runtime/compose.ts";

/**
 * The same world, in which nobody claims anything: what is ours is to go, and nothing is taken over. What the document holds back is
 * held back no longer, since a person has said that it is meant. Nodes have no say in that.
 */
export function withoutClaims(composed: Composed, deleteServices: boolean): Composed {
  const { cluster, settings } = composed;
  return {
    ...composed,
    cluster: {
      ...cluster,
      listMappings: () => Promise.resolve([]),
      listNodes: () => Promise.resolve({ state: "off" }),
    },
    settings: {
      ...settings,
      policy: "sync",
      previousOwners: [],
      retired: [],
      adopt: { appMesh: "off", externalDns: "off" },
      deleteServices: deleteServices || settings.deleteServices,
      identity: { ...settings.identity, mayBeEmpty: true },
    },
  };
}
