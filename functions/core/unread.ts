import { isOfUnchosen } from "./change.ts";
import type { Change } from "./change.ts";
import { holderOf, podOf } from "./instances.ts";
import { podName } from "./model.ts";
import type { Instance } from "./model.ts";
import type { Proposal } from "./plan.ts";
import type { SourceTraits } from "./ports.ts";
import { FORCE } from "./rule.ts";
import type { Facts } from "./rule.ts";
import { strayedFrom } from "./strayed.ts";

export function mayClaim({ mark }: SourceTraits, { instance }: Proposal): boolean {
  return mark === undefined || instance?.attributes[mark] !== undefined;
}

/**
 * While a source cannot be read:
 *
 * | change                                      | held, because the source might                     |
 * |---------------------------------------------|----------------------------------------------------|
 * | a living, unchosen pod's instance goes      | claim the pod                                      |
 * | an instance goes whose address is in use    | claim the pod that has the address now             |
 * | an unready pod's instance goes              | publish pods that are not ready                    |
 * | a lesser source's claim replaces what is    | claim the pod in another way, and take precedence  |
 */
export function whySourceFailed(proposal: Proposal, { seen }: Facts): string | undefined {
  const { change, instance, mapping } = proposal;
  const failed = seen.sources.filter((read) => read.state === "failed" && mayClaim(read, proposal));
  const [first] = failed;
  if (first === undefined || instance === undefined) return undefined;
  const needed = `${first.source} could not be read; see why, and correct that first`;
  if (change.kind === "deregister") {
    const { reason } = change;
    switch (reason) {
      case "unselected":
      case "unmapped":
      case "service-gone":
        return `its ${holderOf(instance)} lives on, and ${needed}`;
      case "pod-gone":
        return seen.sightings.isInUse(instance) ? `another pod has its address, and ${needed}` : undefined;
      case "pod-not-ready":
        return failed.some(({ hidesUnready = false }) => !hidesUnready)
          ? `a claim might publish pods that are not ready, and ${needed}`
          : undefined;
      // Services were read, or it would count as living.
      case "load-balancer-gone":
        return undefined;
      case "replaced":
        break;
      default:
        return reason satisfies never;
    }
  } else if (!isOtherwise(change, instance)) return undefined;
  const greater = failed.find(({ rank }) => mapping !== undefined && rank < mapping.origin.rank);
  return greater && `${greater.source} may claim its pod too, and could not be read; see why, and correct that first`;
}

/** Whether it gives a registered pod's instance other attributes. */
function isOtherwise(change: Change, instance: Instance): boolean {
  const pod = podOf(instance);
  return (
    change.kind === "register" && pod !== undefined && change.pod !== undefined && podName(pod) === podName(change.pod)
  );
}

/**
 * Where EC2 did not answer, no new pod of a machine is registered, which may be gone, and no unready one leaves for it. Where the
 * nodes could not be read no unready one leaves either: it may be the control plane that is cut off.
 */
export function whyMachinesUnknown({ change, instance, mapping }: Proposal, { seen }: Facts): string | undefined {
  if (change.kind === "deregister" && change.reason === "pod-not-ready" && seen.nodes.areUnknown)
    return "the nodes could not be read, which say whether its pod is unready or only unheard; the next pass reads them again";
  const problem = "EC2 did not say which machines are gone; the next pass asks again";
  if (change.kind === "deregister" && change.reason === "pod-not-ready")
    return seen.hasUncertainPods ? problem : undefined;
  if (change.kind !== "register" || instance !== undefined || mapping === undefined || change.pod === undefined)
    return undefined;
  const pod = seen.desired.chosen.get(podName(change.pod));
  return pod !== undefined && seen.nodes.isUncertain(pod) ? problem : undefined;
}

export function whyStrayed({ change, instance }: Proposal, { seen, force }: Facts): string | undefined {
  const node = instance !== undefined && isOfUnchosen(change) && !force ? strayedFrom(instance, seen) : undefined;
  return (
    node &&
    `its pod lives on, and ${node}, which it was registered for, does not choose it; see which of the two is wrong; ${FORCE}`
  );
}
