import * as z from "zod";
import type { Trigger } from "../trigger.ts";

/** EKS calls after which pods come or go, or may be read differently. */
export const CLUSTER_CALLS: readonly string[] = [
  "CreateNodegroup",
  "DeleteNodegroup",
  "UpdateNodegroupConfig",
  "UpdateNodegroupVersion",
  "CreateFargateProfile",
  "DeleteFargateProfile",
  "UpdateClusterConfig",
  "UpdateClusterVersion",
  "CreateAccessEntry",
  "DeleteAccessEntry",
  "UpdateAccessEntry",
  "AssociateAccessPolicy",
  "DisassociateAccessPolicy",
];

const detailSchema = z.object({
  eventName: z.string(),
  errorCode: z.string().optional(),
  requestParameters: z.looseObject({ name: z.string().optional(), clusterName: z.string().optional() }).nullish(),
});

/** Everything. CloudTrail tells of calls that were refused too; they have an error code. */
export const clusterChanges: Trigger = {
  id: "ClusterChanges",
  description: "a call changes the cluster, its nodes or who may read it",
  source: "aws.eks",
  types: ["AWS API Call via CloudTrail"],
  detail: (cluster) => ({
    eventSource: ["eks.amazonaws.com"],
    eventName: CLUSTER_CALLS,
    errorCode: [{ exists: false }],
    $or: [{ requestParameters: { clusterName: [cluster] } }, { requestParameters: { name: [cluster] } }],
  }),
  isOfAccount: false,
  scopes: (detail, cluster) => {
    const { eventName, errorCode, requestParameters } = detailSchema.parse(detail);
    // The cluster's own calls name it `name`, those on its parts `clusterName`.
    const named = requestParameters?.clusterName ?? requestParameters?.name;
    return named === cluster && errorCode === undefined && CLUSTER_CALLS.includes(eventName) ? [{ kind: "all" }] : [];
  },
};
