import * as z from "zod";
import { kubernetesName } from "../names.ts";
import type { Trigger } from "../trigger.ts";

const detailSchema = z.object({ "instance-id": kubernetesName });

/** The node, two minutes before its Spot instance goes, or earlier. */
export const spotLeaves: Trigger = {
  id: "SpotLeaves",
  description: "a Spot instance is taken back, or is likely to be",
  source: "aws.ec2",
  types: ["EC2 Spot Instance Interruption Warning", "EC2 Instance Rebalance Recommendation"],
  isOfAccount: true,
  scopes: (detail) => [{ kind: "node", node: detailSchema.parse(detail)["instance-id"] }],
};
