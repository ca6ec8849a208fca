import * as z from "zod";
import type { Scope } from "../core/model.ts";

/** What every EventBridge event has; `detail` is parsed once its source and type are known. */
const eventSchema = z.object({
  source: z.string(),
  "detail-type": z.string(),
  detail: z.record(z.string(), z.unknown()),
});

const instanceSchema = z.object({ "instance-id": z.string() });
const autoScalingSchema = z.object({ EC2InstanceId: z.string() });
const fargateSchema = z.object({ clusterName: z.string(), podNamespace: z.string() });
const cloudTrailSchema = z.object({
  eventName: z.string(),
  errorCode: z.string().optional(),
  requestParameters: z.looseObject({ name: z.string().optional(), clusterName: z.string().optional() }).nullish(),
});

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

/** States in which an instance leaves; `pending` and `running` bring nodes, whose pods tell of themselves. */
export const LEAVING_STATES: readonly string[] = ["shutting-down", "terminated", "stopping", "stopped"];

/**
 * Where to look after an event of AWS. Only names are taken from it; none where it says nothing of this cluster.
 * Returns undefined for what is no EventBridge event; throws a ZodError for one of a known type in an unknown shape.
 *
 * | source          | detail-type                                                    | scope                   |
 * |-----------------|----------------------------------------------------------------|-------------------------|
 * | aws.ec2         | instance state change (leaving), Spot interruption, rebalance  | the node                |
 * | aws.autoscaling | instance terminates or has terminated                          | the node                |
 * | aws.eks         | Fargate pod scheduled termination                              | the pod's namespace     |
 * | aws.eks         | a call through CloudTrail that changes this cluster            | all                     |
 */
export function parseEvent(event: unknown, cluster: string): readonly Scope[] | undefined {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) return undefined;
  const { source, "detail-type": type, detail } = parsed.data;
  switch (`${source} ${type}`) {
    case "aws.ec2 EC2 Instance State-change Notification":
      return LEAVING_STATES.includes(String(detail["state"]))
        ? [nodeScope(instanceSchema.parse(detail)["instance-id"])]
        : [];
    case "aws.ec2 EC2 Spot Instance Interruption Warning":
    case "aws.ec2 EC2 Instance Rebalance Recommendation":
      return [nodeScope(instanceSchema.parse(detail)["instance-id"])];
    case "aws.autoscaling EC2 Instance-terminate Lifecycle Action":
    case "aws.autoscaling EC2 Instance Terminate Successful":
      return [nodeScope(autoScalingSchema.parse(detail).EC2InstanceId)];
    case "aws.eks EKS Fargate Pod Scheduled Termination": {
      const { clusterName, podNamespace } = fargateSchema.parse(detail);
      return clusterName === cluster ? [{ kind: "namespace", namespace: podNamespace }] : [];
    }
    case "aws.eks AWS API Call via CloudTrail": {
      const { eventName, errorCode, requestParameters } = cloudTrailSchema.parse(detail);
      // The cluster's own calls name it `name`, those on its parts `clusterName`.
      const named = requestParameters?.clusterName ?? requestParameters?.name;
      return named === cluster && errorCode === undefined && CLUSTER_CALLS.includes(eventName) ? [{ kind: "all" }] : [];
    }
    default:
      return [];
  }
}

function nodeScope(node: string): Scope {
  return { kind: "node", node };
}
