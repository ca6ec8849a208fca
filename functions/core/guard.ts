import { holdChange } from "./holds.ts";
import { serviceName } from "./model.ts";
import type { Change } from "./model.ts";
import type { Plan } from "./plan.ts";
import type { Configuration } from "./settings.ts";

export type Guarded = {
  readonly plans: readonly Plan[];
  /** Why removals are held, a sentence each; with `force`, what would have been held. */
  readonly objections: readonly string[];
};

/**
 * Holds removals that look like a mistake. Pods that are gone are removed without limit; what counts is pods that live on
 * and that no mapping chooses any more, which is what a mistaken selector looks like.
 *
 * | held                                   | when                                                                        |
 * |----------------------------------------|-----------------------------------------------------------------------------|
 * | every removal                          | the cluster as a whole lists no pod at all                                  |
 * | every removal of a living pod          | they are more than the ratio of our instances, and more than `minInstances` |
 * | a claimed service's, of living pods    | it would lose its last living pods; a claim that is held counts too         |
 */
export function guardPlans(plans: readonly Plan[], clusterIsEmpty: boolean, settings: Configuration["guard"]): Guarded {
  if (clusterIsEmpty) return holdWhere(plans, () => EMPTY, isRemoval);
  const ours = plans.reduce((sum, plan) => sum + plan.ours.length, 0);
  const living = plans.flatMap(({ changes }) => changes.filter(isOfLiving)).length;
  if (living > settings.minInstances && living > ours * settings.maxRemovalRatio) {
    const why = `${living} of ${ours} instances belong to living pods that no mapping chooses any more`;
    return holdWhere(plans, () => why, isOfLiving);
  }
  return holdWhere(plans, whyLastPods, isOfLiving);
}

const EMPTY = "the cluster lists no pod at all";
const FORCE = "if that is meant, force it: `apply --force`, or `force` in the payload of manual-resync";

function whyLastPods(plan: Plan): string | undefined {
  if (!plan.isClaimed || plan.remaining > 0) return undefined;
  return `${serviceName(plan.key)} would lose its last living pods, which no mapping chooses any more`;
}

function holdWhere(
  plans: readonly Plan[],
  why: (plan: Plan) => string | undefined,
  isHeld: (change: Change) => boolean,
): Guarded {
  const objections = new Set<string>();
  const guarded = plans.map((plan) => {
    const objection = why(plan);
    if (objection === undefined || !plan.changes.some(isHeld)) return plan;
    objections.add(objection);
    return {
      ...plan,
      changes: plan.changes.filter((change) => !isHeld(change)),
      held: [
        ...plan.held,
        ...plan.changes.filter(isHeld).map((change) => holdChange(change, "guard", `${objection}; ${FORCE}`)),
      ],
    };
  });
  return { plans: guarded, objections: [...objections] };
}

export function isRemoval(change: Change): boolean {
  return change.kind === "deregister";
}

function isOfLiving(change: Change): boolean {
  return change.kind === "deregister" && (change.reason === "unselected" || change.reason === "unmapped");
}
