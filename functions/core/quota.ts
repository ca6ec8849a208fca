import { byText } from "./model.ts";
import type { Proposal } from "./plan.ts";
import { podsAt } from "./removals.ts";
import type { Fate } from "./removals.ts";

/** DiscoverInstances answers with 1,000 instances at most, and Cloud Map's quota "instances per service" is the same. */
export const MAX_INSTANCES = 1000;

/**
 * Those that do not fit under the quota, always the same ones: those last by id. Pods that are gone leave room; an instance that
 * is replaced gives its place to what replaces it, and stays where there is no room for that.
 */
export function exceedingQuota(proposals: readonly Proposal[], input: Fate): ReadonlySet<Proposal> {
  const { instances } = input;
  const gone = proposals.filter(({ change }) => change.kind === "deregister" && change.reason === "pod-gone").length;
  const added = proposals.filter(({ change, instance }) => change.kind === "register" && instance === undefined);
  let room = MAX_INSTANCES - instances.length + gone;
  if (added.length <= room) return new Set();
  const exceeding = new Set<Proposal>();
  for (const { places, proposals: together } of unitsOf(added, proposals, input)) {
    if (places <= room) room -= places;
    else for (const proposal of together) exceeding.add(proposal);
  }
  return exceeding;
}

/** Registrations that go together, with the places that they take: those that replace an instance take its place. */
type Unit = { readonly id: string; readonly places: number; readonly proposals: readonly Proposal[] };

function unitsOf(added: readonly Proposal[], proposals: readonly Proposal[], input: Fate): readonly Unit[] {
  const registrations = new Map(added.map((proposal) => [proposal.change.id, proposal]));
  const units: Unit[] = [];
  for (const proposal of proposals) {
    const { change, instance } = proposal;
    if (change.kind !== "deregister" || change.reason !== "replaced" || instance === undefined) continue;
    const successors = podsAt(instance, input.desired)
      .flatMap(input.desired.endpointsOf)
      .flatMap(({ id }) => registrations.get(id) ?? []);
    for (const { change: one } of successors) registrations.delete(one.id);
    const together = [...new Set(successors)];
    units.push({ id: change.id, places: together.length - 1, proposals: [proposal, ...together] });
  }
  for (const [id, proposal] of registrations) units.push({ id, places: 1, proposals: [proposal] });
  return units.toSorted((a, b) => byText(a.id, b.id));
}
