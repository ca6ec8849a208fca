import { GENERATED_LABELS } from "../core/attributes.ts";
import { byText } from "../core/model.ts";
import type { Pod } from "../core/model.ts";

/** The next release of a Helm chart changes them: a selector that asks for them would lose its pods. */
const RELEASE_LABELS = ["app.kubernetes.io/version", "helm.sh/chart"];

/**
 * A label selector that chooses exactly these of the pods: one label that all of them have and no other pod has, else all labels
 * that they have in common; undefined where not even those tell them apart. `areAll`: whether these are the pods to tell apart from;
 * where others are still to come, or there is no other, it asks for all labels in common. Labels that controllers generate, and
 * those of a release, are left out.
 */
export function deriveSelector(chosen: readonly Pod[], pods: readonly Pod[], areAll: boolean): string | undefined {
  const [first, ...others] = chosen;
  if (first === undefined) return undefined;
  const common = Object.entries(first.labels)
    .filter(([key]) => !GENERATED_LABELS.includes(key) && !RELEASE_LABELS.includes(key))
    .filter(([key, value]) => others.every(({ labels }) => labels[key] === value))
    .toSorted(([a], [b]) => byText(a, b));
  const rest = pods.filter((pod) => !chosen.includes(pod));
  const tellsApart = (wanted: typeof common) =>
    rest.every(({ labels }) => wanted.some(([key, value]) => labels[key] !== value));
  const single = areAll && rest.length > 0 ? common.map((label) => [label]) : [];
  const found = [...single, common].find((wanted) => wanted.length > 0 && tellsApart(wanted));
  return found?.map(([key, value]) => `${key}=${value}`).join();
}
