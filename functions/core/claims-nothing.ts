import type { Configuration } from "./settings.ts";

/** Whether nothing of the document can claim a service, so that there is nothing to keep in sync. */
export function claimsNothing({ mappings, sources }: Pick<Configuration, "mappings" | "sources">): boolean {
  return mappings.length === 0 && Object.values(sources).every((wanted) => wanted === false);
}

export const CLAIMS_NOTHING = "nothing can claim a service; add `mappings`, or switch a source on";
