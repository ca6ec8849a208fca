import { GENERATED_LABELS } from "../core/attributes.ts";
import { byText } from "../core/model.ts";
import type { Pod } from "../core/model.ts";

/**
 * A label selector that chooses exactly these of the pods: one label that all of them have and no other pod has, else all labels
 * that they have in common; undefined where not even those tell them apart. Labels that controllers generate are left out.
 */
export function deriveSelector(chosen: readonly Pod[], pods: readonly Pod[]): string | undefined {
  const [first, ...others] = chosen;
  if (first === undefined) return undefined;
  const common = Object.entries(first.labels)
    .filter(([key, value]) => !GENERATED_LABELS.includes(key) && others.every(({ labels }) => labels[key] === value))
    .toSorted(([a], [b]) => byText(a, b));
  const rest = pods.filter((pod) => !chosen.includes(pod));
  const tellsApart = (wanted: typeof common) =>
    rest.every(({ labels }) => wanted.some(([key, value]) => labels[key] !== value));
  const found = [...common.map((label) => [label]), common].find((wanted) => wanted.length > 0 && tellsApart(wanted));
  return found?.map(([key, value]) => `${key}=${value}`).join();
}
