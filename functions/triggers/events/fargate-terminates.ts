import * as z from "zod";
import { kubernetesName } from "../names.ts";
import type { Trigger } from "../trigger.ts";

const detailSchema = z.object({ clusterName: z.string(), podNamespace: kubernetesName });

/** The pod's namespace. */
export const fargateTerminates: Trigger = {
  id: "FargateTerminates",
  description: "a Fargate pod is about to be terminated",
  source: "aws.eks",
  types: ["EKS Fargate Pod Scheduled Termination"],
  detail: (cluster) => ({ clusterName: [cluster] }),
  isOfAccount: false,
  scopes: (detail, cluster) => {
    const { clusterName, podNamespace } = detailSchema.parse(detail);
    return clusterName === cluster ? [{ kind: "namespace", namespace: podNamespace }] : [];
  },
};
