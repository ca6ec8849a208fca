import type { Claim } from "../../core/model.ts";
import type { ServiceReport } from "../../core/report.ts";
import type { Reads } from "./record.ts";

/** Whether it is the service that the claim names. A claim names its namespace as somebody wrote it: by name, id or ARN. */
export function isClaimedBy(
  { namespace, service }: Pick<ServiceReport, "namespace" | "service">,
  claim: Pick<Claim, "namespace" | "service">,
  namespaces: Reads["namespaces"],
): boolean {
  if (claim.service !== service) return false;
  if (claim.namespace === undefined || claim.namespace === namespace) return true;
  return namespaces.some(({ read }) => {
    if ("failure" in read) return false;
    const { id, arn, name } = read.value.namespace;
    return [id, arn, name].includes(claim.namespace ?? "") && [id, name].includes(namespace);
  });
}
