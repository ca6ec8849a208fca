import * as z from "zod";
import type { Scope } from "../core/model.ts";
import { autoScalingTerminates } from "./events/auto-scaling-terminates.ts";
import { clusterChanges } from "./events/cluster-changes.ts";
import { fargateTerminates } from "./events/fargate-terminates.ts";
import { instanceStops } from "./events/instance-stops.ts";
import { spotLeaves } from "./events/spot-leaves.ts";
import type { Trigger } from "./trigger.ts";

/** A row and a file an event: the stack makes a rule of each, and here is where its events are understood. */
export const TRIGGERS: readonly Trigger[] = [
  fargateTerminates,
  clusterChanges,
  instanceStops,
  spotLeaves,
  autoScalingTerminates,
];

/** What every EventBridge event has. */
const eventSchema = z.object({
  source: z.string(),
  "detail-type": z.string(),
  detail: z.record(z.string(), z.unknown()),
});

/**
 * Where to look after an event of AWS. Only names are taken from it; none where it says nothing of this cluster.
 * Returns undefined for what is no EventBridge event; throws a ZodError for one of a known type in an unknown shape.
 */
export function parseEvent(event: unknown, cluster: string): readonly Scope[] | undefined {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) return undefined;
  const { source, "detail-type": type, detail } = parsed.data;
  const trigger = TRIGGERS.find((one) => one.source === source && one.types.includes(type));
  return trigger?.scopes(detail, cluster) ?? [];
}
