import type { Report } from "../core/report.ts";
import type { Verb } from "./render-changes.ts";

/**
 * | what happened                          | plan | plan --exit-code | apply | apply --exit-code |
 * |----------------------------------------|------|------------------|-------|-------------------|
 * | something failed                       | 1    | 1                | 1     | 1                 |
 * | what was written still runs            | 0    | 2                | 1     | 1                 |
 * | what differs is held on purpose        | 0    | 2                | 0     | 2                 |
 * | what differs can be, or was, repaired  | 0    | 2                | 0     | 0                 |
 * | nothing differs                        | 0    | 0                | 0     | 0                 |
 */
export function exitCodeOf(
  { ok, drift, services }: Pick<Report, "ok" | "drift" | "services">,
  verb: Verb,
  tellsDrift: boolean,
): 0 | 1 | 2 {
  if (!ok) return 1;
  if (verb === "apply" && services.some(({ held }) => held.some(({ reason }) => reason === "pending"))) return 1;
  if (!tellsDrift) return 0;
  const differs =
    verb === "plan"
      ? Object.values(drift).some((count) => count > 0)
      : services.some(({ held }) => held.some(({ kind }) => kind !== "claim"));
  return differs ? 2 : 0;
}
