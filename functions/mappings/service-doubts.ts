import { nearest } from "../core/nearest.ts";
import type { Doubt } from "../core/ports.ts";
import { whyNoPods } from "./kube-service.ts";
import { originName, sortObjects } from "./objects.ts";
import type { Metadata } from "./objects.ts";

const PREFIX = "eks-cloudmap-sync/";

/** What annotations of Services ask for and nothing comes of: an unknown one, and a claim of a Service that has no pods. */
export function doubtServices(
  objects: readonly unknown[],
  known: readonly string[],
  claimsPods: (metadata: Metadata) => boolean,
): readonly Doubt[] {
  return sortObjects(objects).flatMap(({ object, metadata }) => {
    if (metadata.isDeleted) return [];
    const unknown = Object.keys(metadata.annotations).filter((key) => key.startsWith(PREFIX) && !known.includes(key));
    const podless = claimsPods(metadata) ? whyNoPods(object) : undefined;
    const problems = [
      ...unknown.map((key) => whyUnknown(key, known)),
      ...(podless === undefined
        ? []
        : [
            `${podless}, so nothing is registered for it; annotate a Service that selects the pods, or take ${PREFIX}service away`,
          ]),
    ];
    return problems.map((problem) => ({ from: metadata.namespace, object: originName("Service", metadata), problem }));
  });
}

function whyUnknown(key: string, known: readonly string[]): string {
  const near = nearest(
    key.slice(PREFIX.length),
    known.map((one) => one.slice(PREFIX.length)),
  );
  return `nothing comes of the annotation ${key}, which this version does not know; ${near === undefined ? "take it away" : `did you mean ${PREFIX}${near}?`}`;
}
