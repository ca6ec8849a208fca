import * as z from "zod";
import { kubernetesName } from "../names.ts";
import type { Trigger } from "../trigger.ts";

const detailSchema = z.object({ EC2InstanceId: kubernetesName });

/** The node. */
export const autoScalingTerminates: Trigger = {
  id: "AutoScalingTerminates",
  description: "an Auto Scaling group terminates an instance",
  source: "aws.autoscaling",
  types: ["EC2 Instance-terminate Lifecycle Action", "EC2 Instance Terminate Successful"],
  isOfAccount: true,
  scopes: (detail) => [{ kind: "node", node: detailSchema.parse(detail).EC2InstanceId }],
};
