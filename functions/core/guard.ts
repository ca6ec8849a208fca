import { isOfUnchosen } from "./change.ts";
import { ownershipOf } from "./instances.ts";
import { byText, serviceName } from "./model.ts";
import type { Instance } from "./model.ts";
import type { Seen } from "./observe.ts";
import { readQuery } from "./selectors.ts";
import type { Proposal } from "./plan.ts";
import { successorsOf } from "./removals.ts";
import { FORCE } from "./rule.ts";
import type { Facts } from "./rule.ts";

/** Why the guard holds a removal: what speaks against it, what to correct first where that is known, and how to release it. */
export type Objection = { readonly first?: string; readonly what: string; readonly release: string };

/** A deployment that was forgotten looks the same from here as a mistaken selector. */
const NOT_DEPLOYED =
  "if your document chooses them, this pass read another one: see what is deployed (`doctor --stack NAME`), and deploy yours";

/**
 * | held                            | when                                                                                          |
 * |---------------------------------|-----------------------------------------------------------------------------------------------|
 * | every removal                   | the cluster as a whole lists no pod at all                                                    |
 * | every removal of a living pod,  | no instance of a living pod would stay; or they are more than `minInstances`, and more than   |
 * | that no mapping chooses         | the ratio of those that leave and those that stay                                             |
 *
 * Those that stay are counted as the last look shows them; what is registered only now counts once it is seen. A dry run, which
 * will not see it, counts what it would register.
 */
export function guarded(proposals: readonly Proposal[], facts: Facts): ReadonlyMap<Proposal, Objection> {
  const { seen, dryRun, isClusterEmpty } = facts;
  const removals = proposals.filter(({ change }) => change.kind === "deregister");
  if (isClusterEmpty) return holdAll(removals, { what: "the cluster lists no pod at all", release: FORCE });
  const leaving = removals.filter(({ change }) => isOfUnchosen(change));
  const { isRetired, withdrawn } = seen.subject;
  if (leaving.length === 0 || isRetired || (withdrawn.length > 0 && seen.subject.mappings.length === 0))
    return new Map();
  const going = new Set(removals.flatMap((removal) => (standsAlone(removal, facts) ? [] : [removal.change.id])));
  const staying =
    seen.instances.filter((instance) => !going.has(instance.id) && isLivingOfOurs(instance, seen)).length +
    (dryRun
      ? proposals.filter(({ change, instance }) => change.kind === "register" && instance === undefined).length
      : 0);
  const name = serviceName(seen.subject.key);
  const objectTo = (what: string) =>
    holdAll(leaving, {
      what: `${what}, which no mapping chooses any more`,
      release: `${NOT_DEPLOYED}; ${FORCE}, or name the service in \`retired\` once nothing claims it`,
      ...correction(seen),
    });
  if (staying === 0) return objectTo(`${name} would lose its last living pods (${leaving.length})`);
  const { minInstances, maxRemovalRatio } = seen.settings.guard;
  const all = leaving.length + staying;
  if (leaving.length <= minInstances || leaving.length <= maxRemovalRatio * all) return new Map();
  return objectTo(`${leaving.length} of the ${all} living pods of ${name} would leave`);
}

export function objectionText({ first, what, release }: Objection): string {
  return [...(first === undefined ? [] : [first]), what, release].join("; ");
}

/** What to do first, where a mapping of the service chooses nothing: it is mistyped, most likely. */
function correction({ subject, desired }: Seen): Pick<Objection, "first"> {
  const chosen = [...desired.chosen.values()];
  const empty = subject.mappings.filter((mapping) => {
    const isSelected = readQuery(mapping.pods);
    return !chosen.some((pod) => isSelected(pod) && mapping.chooses(pod));
  });
  const [first, ...others] = empty.map(({ origin }) => origin.name).toSorted(byText);
  if (first === undefined) return {};
  return {
    first:
      others.length === 0
        ? `correct ${first}, which chooses no pod`
        : `correct ${first} and ${others.length} more, which choose no pod`,
  };
}

/** Whether it replaces an instance whose successors are not there yet: until then the pods are counted by the old one. */
function standsAlone({ change, instance }: Proposal, { seen, dryRun }: Facts): boolean {
  if (change.reason !== "replaced" || instance === undefined || dryRun) return false;
  return !successorsOf(instance, seen.desired).every((id) => seen.byId.has(id));
}

function isLivingOfOurs(instance: Instance, { settings, sightings }: Seen): boolean {
  const ownership = ownershipOf(instance, settings);
  const isOurs = ownership === "ours" || ownership === "unstamped" || ownership === "previous";
  return isOurs && sightings.podAt(instance) !== undefined;
}

function holdAll(proposals: readonly Proposal[], objection: Objection): ReadonlyMap<Proposal, Objection> {
  return new Map(proposals.map((proposal) => [proposal, objection]));
}
