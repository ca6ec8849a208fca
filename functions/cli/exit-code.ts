import type { Report } from "../core/report.ts";

/**
 * | what happened                              | plan | plan --exit-code | apply |
 * |--------------------------------------------|------|------------------|-------|
 * | something failed                           | 1    | 1                | 1     |
 * | Cloud Map differs from what the pods ask   | 0    | 2                | 0     |
 * | nothing differs                            | 0    | 0                | 0     |
 *
 * What is held on purpose is a difference, and no failure.
 */
export function exitCodeOf({ ok, drift }: Pick<Report, "ok" | "drift">, tellsDrift: boolean): 0 | 1 | 2 {
  if (!ok) return 1;
  return tellsDrift && Object.values(drift).some((count) => count > 0) ? 2 : 0;
}
