import { MOST_LABELS } from "../core/kept-labels.ts";
import type { KeepLabels, Pod } from "../core/model.ts";
import { parsePod, toPod } from "./pods.ts";

/** The most characters of texts in a generation: those of some 10,000 pods. */
const MOST = 12 * 1024 * 1024;
/** How long a generation takes in what it has not, in milliseconds. */
const GENERATION = 120_000;

export type PodMemory = {
  /** The pod that was read from this very text lately. */
  readonly recall: (text: string) => Pod | undefined;
  /** Projects a pod, and remembers it by its text. */
  readonly project: (item: unknown, text: string, keep: KeepLabels | undefined) => Pod;
};

/**
 * From one pass to the next nearly all pods stay as they are, and the same text is the same pod: nothing has to be parsed, and nothing
 * new to be kept. What no list has shown for two generations is forgotten; of more pods than it takes the others are read each time.
 */
export function createPodMemory(now: () => number = Date.now): PodMemory {
  let young = new Map<string, Pod>();
  let old = new Map<string, Pod>();
  let size = 0;
  let since = now();
  const note = (text: string, pod: Pod) => {
    if (now() - since > GENERATION) {
      old = young;
      young = new Map();
      size = 0;
      since = now();
    }
    if (size + text.length > MOST) return;
    size += text.length;
    young.set(text, pod);
  };
  return {
    recall: (text) => {
      const recent = young.get(text);
      if (recent !== undefined) return recent;
      const known = old.get(text);
      if (known !== undefined) note(text, known);
      return known;
    },
    project: (item, text, keep) => {
      const parsed = parsePod(item);
      const pod = toPod(parsed, keep);
      // Which of more labels are kept is for the claims to say, as they are then.
      if (Object.keys(parsed.metadata.labels ?? {}).length <= MOST_LABELS) note(text, pod);
      return pod;
    },
  };
}
