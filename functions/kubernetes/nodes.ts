import * as z from "zod";
import type { Node } from "../core/model.ts";
import { fieldsOf } from "./fields.ts";
import { parseObject } from "./parse-object.ts";

/** Taints that say that the node leaves, by exact key or by prefix. A node that is only cordoned stays. */
const LEAVING_TAINTS: readonly string[] = [
  "node.kubernetes.io/out-of-service",
  "karpenter.sh/disrupted",
  "karpenter.sh/disruption",
  "ToBeDeletedByClusterAutoscaler",
];
const LEAVING_PREFIX = "aws-node-termination-handler/";

const nodeSchema = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).nullish() }),
  spec: z
    .object({
      providerID: z.string().optional(),
      taints: z.array(z.object({ key: z.string(), value: z.string().optional() })).nullish(),
    })
    .default({}),
  status: z
    .object({
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
      addresses: z.array(z.object({ type: z.string(), address: z.string() })).nullish(),
    })
    .default({}),
});

/** What is read of a node. */
export const NODE_FIELDS = fieldsOf(nodeSchema);

/** A node of the API, projected to what is used. Throws where it has not the shape of one. */
export function projectNode(item: unknown): Node {
  const { metadata, spec, status } = parseObject(nodeSchema, item);
  const labels = metadata.labels ?? {};
  const ready = status.conditions?.find(({ type }) => type === "Ready")?.status;
  // The condition of a node whose kubelet has stopped to report (node-lifecycle-controller).
  const isSilent = ready === "Unknown";
  const isTainted = (spec.taints ?? []).some(
    ({ key }) => LEAVING_TAINTS.includes(key) || key.startsWith(LEAVING_PREFIX),
  );
  return {
    name: metadata.name,
    addresses: (status.addresses ?? []).flatMap(({ type, address }) => (type === "InternalIP" ? [address] : [])),
    region: labels["topology.kubernetes.io/region"] ?? labels["failure-domain.beta.kubernetes.io/region"],
    zone: labels["topology.kubernetes.io/zone"] ?? labels["failure-domain.beta.kubernetes.io/zone"],
    // aws:///eu-west-1a/i-0123456789abcdef0
    instanceId: spec.providerID?.split("/").find((part) => part.startsWith("i-")),
    state: isTainted || (ready !== "True" && !isSilent) ? "leaving" : "here",
    isSilent,
  };
}
