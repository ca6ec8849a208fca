import type { Document } from "./story.ts";

export const OWNER_KEY = "eks-cloudmap-sync/owner";
export const CLUSTER_KEY = "eks-cloudmap-sync/cluster";

/** What the owner of a document's instances is called. */
export function stampOf({ owner, part }: Document): string {
  return part === "" ? owner : `${owner}/${part}`;
}
