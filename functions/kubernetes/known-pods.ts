import { createHash } from "node:crypto";
import { MOST_LABELS } from "../core/kept-labels.ts";
import { podName } from "../core/model.ts";
import type { Pod, PodKey } from "../core/model.ts";
import { parsePod, toPod } from "./pods.ts";

/** A pod without its times, and without labels where it has too many: any claim of its namespace may mean it then. */
export type SeenPod = Pod & { readonly areLabelsLeftOut?: boolean };

/** A pod as it counted before and as it counts now; neither where it did not, or does not any more. */
export type PodChange = { readonly key: PodKey; readonly seen: readonly SeenPod[] };

/** A pod as far as it matters; undefined: it does not count, or not any more. */
export type Sighting = { readonly key: PodKey; readonly mark: string | undefined };

/** What is kept of the pods, by name. */
export function createKnownPods(onChange: (change: PodChange) => void) {
  let marks: Map<string, { readonly key: PodKey; readonly mark: string }> | undefined;
  const note = ({ key, mark }: Sighting) => {
    const name = podName(key);
    const before = marks?.get(name)?.mark;
    if (before === mark) return;
    if (mark === undefined) marks?.delete(name);
    else marks?.set(name, { key, mark });
    onChange({ key, seen: [before, mark].flatMap((one) => (one === undefined ? [] : [podOf(key, one)])) });
  };
  return {
    see: note,
    seeAll: (sightings: readonly Sighting[]) => {
      const living = sightings.flatMap(({ key, mark }) =>
        mark === undefined ? [] : [[podName(key), { key, mark }] as const],
      );
      if (marks === undefined) {
        marks = new Map(living);
        return;
      }
      const names = new Set(living.map(([name]) => name));
      const gone = [...marks.values()].filter(({ key }) => !names.has(podName(key)));
      for (const { key } of gone) note({ key, mark: undefined });
      for (const [, sighting] of living) note(sighting);
    },
  };
}

/** A pod that has no address yet, is terminating or has ended is as good as none: nothing more of it matters until that changes. */
export function sightingOf(object: unknown, isDeleted: boolean): Sighting {
  const parsed = parsePod(object);
  const pod = toPod(parsed);
  const isGone = isDeleted || pod.state === "gone";
  return { key: pod.key, mark: isGone ? undefined : markOf(pod, parsed.metadata.uid) };
}

/** All that a reconcile reads of a pod, and which one it is: another pod may have the same name. */
function markOf(pod: Pod, uid: string): string {
  const mark = { ...pod, uid, key: undefined, createdAt: undefined, since: undefined };
  if (Object.keys(pod.labels).length <= MOST_LABELS) return JSON.stringify(mark);
  const digest = createHash("sha256").update(JSON.stringify(pod.labels)).digest("base64");
  return JSON.stringify({ ...mark, labels: {}, areLabelsLeftOut: true, digest });
}

/** The pod that a mark was made of. */
function podOf(key: PodKey, mark: string): SeenPod {
  const matters = JSON.parse(mark) as Omit<SeenPod, "key" | "createdAt" | "since">;
  return { ...matters, key, createdAt: "", since: "" };
}
