import type { Report } from "../../core/report.ts";
import { MAX_INSTANCES } from "../../core/quota.ts";

/** How full the fullest service or namespace is, in percent of what AWS lets it hold, whoever registered the instances. */
export function quotaUsed({ services, namespaces }: Report, instancesPerNamespace: number): number {
  return Math.max(
    0,
    ...services.map(({ registered, foreign }) => (100 * (registered + foreign)) / MAX_INSTANCES),
    ...namespaces.map(({ instances }) => (100 * instances) / instancesPerNamespace),
  );
}
