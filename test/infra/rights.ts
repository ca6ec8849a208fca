import type { CloudMapSyncProps } from "../../infra/props.ts";
import type { CallWorld, RecordedCall } from "./iam-requests.ts";
import { refusedRequests } from "./judge.ts";
import type { Policy } from "./policies.ts";
import { ACCOUNT, NARROW, OWNER, REGION } from "./stack.ts";

export const SERVICES = `arn:aws:servicediscovery:${REGION}:${ACCOUNT}:service`;
export const NAMESPACES = `arn:aws:servicediscovery:${REGION}:${ACCOUNT}:namespace`;
export const OWNER_TAG = "eks-cloudmap-sync/owner";

export const TAGGED: CloudMapSyncProps = { ...NARROW, watch: true, auditLog: true, rights: { deleteServices: true } };
export const LISTED: CloudMapSyncProps = { ...TAGGED, services: [`${SERVICES}/srv-web`] };
export const WIDE: CloudMapSyncProps = {
  cluster: "prod",
  configuration: { namespaces: ["shop.local"], deleteServices: true },
  watch: true,
  auditLog: true,
};

/** srv-web is ours; srv-other is a service of another namespace, which somebody else made. */
export const world: CallWorld = {
  operationNamespace: () => "ns-shop",
  serviceTags: (id): Record<string, string> => (id === "srv-other" ? {} : { [OWNER_TAG]: OWNER }),
};

export const cloudMap = (operation: string, input: RecordedCall["input"]): RecordedCall => ({
  service: "servicediscovery",
  operation,
  input,
});
export const Tags = [{ Key: OWNER_TAG, Value: OWNER }];

/** The actions that the policy does not allow as the calls need them. */
export async function refused(policy: Policy, calls: readonly RecordedCall[]): Promise<readonly string[]> {
  return (await refusedRequests(policy, calls, world)).map(({ action }) => action);
}
