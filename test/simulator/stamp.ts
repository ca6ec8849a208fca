import type { Document } from "./story.ts";

export const OWNER_KEY = "eks-cloudmap-sync/owner";

/** What the owner of a document's instances is called. */
export function stampOf({ owner, part }: Document): string {
  return part === "" ? owner : `${owner}/${part}`;
}
