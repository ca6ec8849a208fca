import type { Compose, ClusterAccess } from "../../runtime/compose.ts";
import { withoutClaims } from "./without-claims.ts";

type Options = {
  /** Of a cluster that is gone. */
  readonly clusterUid?: string;
  readonly deleteServices?: boolean;
};

/** Composes the world that destroy works on: of a cluster that answers, or of one that EKS, or a person, says is gone. */
export function composeAnyway(access: ClusterAccess, { clusterUid, deleteServices = false }: Options): Compose {
  return async (options) => {
    const { composeWorld } = await import("../../runtime/compose.ts");
    const { composeGone } = await import("../../runtime/gone-cluster.ts");
    const { isNoSuchCluster } = await import("../../runtime/eks-cluster.ts");
    if (clusterUid !== undefined) return withoutClaims(await composeGone(clusterUid, options), deleteServices);
    const composed = await composeWorld(options).catch((error: unknown) => {
      if (access.kind !== "eks" || !isNoSuchCluster(error)) throw error;
      return composeGone(undefined, options);
    });
    return withoutClaims(composed, deleteServices);
  };
}
