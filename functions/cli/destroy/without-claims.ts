import type { World } from "../../core/ports.ts";

/**
 * The same world, in which nobody claims anything: what is ours is to go, and nothing is taken over. What the document holds back is
 * held back no longer, since a person has said that it is meant. Nodes have no say in that.
 */
export function withoutClaims<T extends World>(world: T, deleteServices: boolean): T {
  const { cluster, settings } = world;
  return {
    ...world,
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
