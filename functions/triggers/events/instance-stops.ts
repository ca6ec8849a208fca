import * as z from "zod";
import { LEAVING_STATES } from "../../core/machine-states.ts";
import { kubernetesName } from "../names.ts";
import type { Trigger } from "../trigger.ts";

const detailSchema = z.object({ "instance-id": kubernetesName, state: z.string() });

/** The node, when its machine leaves. */
export const instanceStops: Trigger = {
  id: "InstanceStops",
  description: "an EC2 instance stops or terminates",
  source: "aws.ec2",
  types: ["EC2 Instance State-change Notification"],
  detail: () => ({ state: LEAVING_STATES }),
  isOfAccount: true,
  scopes: (detail) => {
    const { "instance-id": node, state } = detailSchema.parse(detail);
    return LEAVING_STATES.includes(state) ? [{ kind: "node", node }] : [];
  },
};
