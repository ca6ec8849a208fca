import { canBeAttribute, sortByWorth } from "./attributes.ts";
import { matchesAny } from "./globs.ts";
import type { KeepLabels } from "./model.ts";
import type { SourceRead } from "./ports.ts";
import { selectorKeys } from "./selectors.ts";
import type { Configuration } from "./settings.ts";

/** So many labels of a pod are kept whatever they are. An instance takes 30 attributes; a pod may have thousands of labels. */
export const MOST_LABELS = 100;

/**
 * Of a pod with more labels than `MOST_LABELS` those are kept that some claim's selector asks for, and of those that may become
 * attributes by some claim's globs the first so many, in the order in which attributes keep them.
 */
export function keepLabels(sources: readonly SourceRead[], settings: Pick<Configuration, "labels">): KeepLabels {
  // Nearly no cluster has such a pod.
  let needs: Needs | undefined;
  return (labels) => {
    const entries = Object.entries(labels);
    if (entries.length <= MOST_LABELS) return labels;
    const { isSelectedBy, isWanted } = (needs ??= needsOf(sources, settings));
    const worth = sortByWorth(entries.filter(([key, value]) => canBeAttribute(key, value) && isWanted(key)));
    return Object.fromEntries([...worth.slice(0, MOST_LABELS), ...entries.filter(([key]) => isSelectedBy(key))]);
  };
}

type Needs = Readonly<Record<"isSelectedBy" | "isWanted", (key: string) => boolean>>;

function needsOf(sources: readonly SourceRead[], settings: Pick<Configuration, "labels">): Needs {
  const claims = sources.flatMap((source) => (source.state === "read" ? source.claims : []));
  const asked = new Set(claims.flatMap(({ pods }) => selectorKeys(pods.labelSelector)));
  const globs = [settings.labels, ...claims.flatMap(({ labels }) => labels ?? [])];
  const distinct = [...new Map(globs.map((one) => [JSON.stringify(one), one])).values()];
  return {
    isSelectedBy: (key) => asked.has(key),
    isWanted: (key) => distinct.some(({ include, exclude }) => matchesAny(key, include) && !matchesAny(key, exclude)),
  };
}
