import type { SourceTraits } from "./ports.ts";
import { MESH_KEY, OWNER_KEY, CLUSTER_KEY } from "./attributes.ts";
import type { History } from "./history.ts";
import { isExternalDns, ownershipOf, podOf } from "./instances.ts";
import { byText, podName, serviceName } from "./model.ts";
import type { Change, ClaimProblem, DeregisterReason, Held, HeldReason, Instance, Pod } from "./model.ts";
import type { Seen } from "./observe.ts";
import type { Plan, Proposal } from "./plan.ts";
import { exceedingQuota, MAX_INSTANCES } from "./quota.ts";
import type { Request } from "./request.ts";
import { isMine, successorsOf } from "./removals.ts";
import { readSelector } from "./selectors.ts";
import { strayedFrom } from "./strayed.ts";
import type { Settings } from "./settings.ts";

/** Which alarm a held change rings, if it stays. */
export type Alarm = "Guard" | "Held" | "Claims";

/** What a rule may ask about the service and the pass. */
export type Facts = Pick<Request, "force" | "dryRun"> & {
  readonly seen: Seen;
  /** Why nothing at all may be written: this looks like another cluster than the one that was meant. */
  readonly wrongCluster: string | undefined;
  /** Whether the cluster as a whole lists no pod. */
  readonly isClusterEmpty: boolean;
  /** Which service is to take over the pod of an instance that is to go, by the instance's id, while it has not. */
  readonly takeOvers: ReadonlyMap<string, string>;
  /** What is wrong with claims that name no service. */
  readonly strays: readonly ClaimProblem[];
  readonly history: History;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/** One reason why a change is not made. */
export type Rule = {
  readonly reason: HeldReason;
  /** In words, for docs/configuration.md. */
  readonly when: string;
  readonly alarm: Alarm | undefined;
  /** Whether it is a failure, which makes `apply` end with 1; `operators`: only where the operator's own document is wrong. */
  readonly isFailure: boolean | "operators";
  /** Of changes that no rule above holds: which ones it does, each with what releases it. Those without are held elsewhere, as `when` says. */
  readonly holds?: (proposals: readonly Proposal[], facts: Facts) => ReadonlyMap<Proposal, string>;
};

/** In this order; the first that holds a change says why. The table in docs/configuration.md, exit codes and alarms are made from it. */
export const RULES: readonly Rule[] = [
  {
    reason: "policy",
    when: "the policy is `dry-run`, or `upsert-only` and it is a removal",
    alarm: undefined,
    isFailure: false,
    holds: each(({ change, policy }, { seen }) => {
      const strictest = seen.settings.policy === "dry-run" ? "dry-run" : policy;
      if (strictest === "sync" || (strictest === "upsert-only" && change.kind !== "deregister")) return undefined;
      return `the policy is ${strictest}; set it to sync to let this happen`;
    }),
  },
  {
    reason: "other-cluster",
    when: "the id belongs to an instance of this owner from another cluster, or nothing here is of this cluster",
    alarm: "Held",
    isFailure: false,
    holds: each(({ instance, isMine }, { seen, wrongCluster }) => {
      if (wrongCluster !== undefined) return wrongCluster;
      if (isMine || instance === undefined || ownershipOf(instance, seen.settings) !== "other-cluster")
        return undefined;
      const other = instance.attributes[CLUSTER_KEY] ?? "";
      return `the id is taken by an instance of this owner from cluster ${other}; if that cluster is gone, add it to the document: previousClusters: ["${other}"]`;
    }),
  },
  {
    reason: "foreign",
    when: "the id belongs to an instance that is not ours",
    alarm: "Held",
    isFailure: false,
    holds: each(({ instance, isMine }, { seen }) =>
      isMine || instance === undefined ? undefined : foreignRemedy(instance, seen.settings),
    ),
  },
  {
    reason: "source-absent",
    when: "the pod lives, and a source that may claim it is on but not there",
    alarm: "Guard",
    isFailure: false,
    holds: each((proposal, { seen }) => {
      if (!isOfUnchosen(proposal.change)) return undefined;
      const absent = seen.sources.find((read) => read.state === "absent" && mayClaim(read, proposal));
      return absent === undefined
        ? undefined
        : `its pod lives on, and the cluster serves no ${absent.source}; set \`sources.${absent.source}: false\` if they are gone for good`;
    }),
  },
  {
    reason: "source-failed",
    when: "a source that may claim the pod, or EC2's word on its machine, could not be read; or the instance names a VirtualNode that does not choose its pod",
    alarm: undefined,
    isFailure: true,
    holds: each(
      (proposal, facts) =>
        whySourceFailed(proposal, facts) ?? whyMachinesUnknown(proposal, facts) ?? whyStrayed(proposal, facts),
    ),
  },
  { ...concerned("not-allowed"), when: "Kubernetes namespace may not claim the service (`allow`)" },
  {
    ...concerned("invalid"),
    when: "a claim or a pod cannot be an instance as it is",
    holds: (proposals, facts) =>
      new Map([...(concerned("invalid").holds?.(proposals, facts) ?? []), ...each(whyRefused)(proposals, facts)]),
  },
  { ...concerned("ambiguous"), when: "two claims of one source disagree about the pod" },
  { ...concerned("too-many"), when: "the Kubernetes namespace makes more claims than `claims.perNamespace`" },
  { ...concerned("no-service"), when: "the service does not exist, and `createServices` is off" },
  {
    reason: "guard",
    when: "too many living pods would leave, or the cluster lists no pod at all",
    alarm: "Guard",
    isFailure: false,
    holds: (proposals, facts) => (facts.force ? new Map() : guarded(proposals, facts)),
  },
  {
    reason: "waiting",
    when: "another registration has to be confirmed first",
    alarm: undefined,
    isFailure: false,
    holds: each(({ change }, { takeOvers }) => {
      const service = isOfUnchosen(change) ? takeOvers.get(change.id) : undefined;
      return service === undefined
        ? undefined
        : `its pod is not registered in ${service} yet, which is to take it over`;
    }),
  },
  {
    reason: "contested",
    when: "this process has removed it twice within an hour, and somebody registers it again",
    alarm: "Guard",
    isFailure: false,
    holds: each((proposal, facts) => {
      const removal = removalOf(proposal, facts);
      if (facts.force || removal === undefined || facts.history.timesRemoved(removal) < 2) return undefined;
      return "this was removed twice within an hour and somebody registered it again as this owner; give each document on this cluster its own `part`, or its own `owner`";
    }),
  },
  {
    reason: "quota",
    when: "the service, or its namespace, is full",
    alarm: "Held",
    isFailure: false,
    holds: (proposals, { seen }) => {
      const remedy = `Cloud Map holds ${MAX_INSTANCES} instances a service; spread the pods over several services`;
      return new Map([...exceedingQuota(proposals, seen)].map((proposal) => [proposal, remedy]));
    },
  },
  { reason: "pending", when: "accepted, and still under way", alarm: undefined, isFailure: false },
  { reason: "unfinished", when: "the time was up before it was begun", alarm: undefined, isFailure: true },
];

const BY_REASON = new Map(RULES.map((rule) => [rule.reason, rule]));

/** Whether it is held because something is wrong; the other reasons are somebody's decision, wait for one, or are a tenant's. */
export function isFailure({ reason, isOperators = false }: Pick<Held, "reason" | "isOperators">): boolean {
  const rule = BY_REASON.get(reason);
  return rule?.isFailure === "operators" ? isOperators : rule?.isFailure === true;
}

export function alarmOf(reason: HeldReason): Alarm | undefined {
  return BY_REASON.get(reason)?.alarm;
}

export type Decided = {
  readonly changes: readonly Change[];
  readonly held: readonly Held[];
  /** What was forced: why it would have been held. */
  readonly forced: readonly string[];
};

/** Asks every rule, in order. */
export function hold({ proposals, held }: Plan, facts: Facts): Decided {
  let left = proposals;
  const all = [...held];
  for (const { reason, holds } of RULES) {
    const holding = holds?.(left, facts);
    if (holding === undefined || holding.size === 0) continue;
    left = left.filter((proposal) => !holding.has(proposal));
    for (const [{ change }, remedy] of holding) all.push(holdChange(change, reason, remedy));
  }
  return {
    changes: withoutEarlyReplacements(left, facts.seen).map(({ change }) => change),
    held: all.toSorted((a, b) => byText(a.id, b.id) || byText(a.kind, b.kind)),
    forced: facts.force ? [...new Set([...guarded(left, facts).values()].map((why) => `forced: ${why}`))] : [],
  };
}

export function holdChange(change: Change, reason: HeldReason, remedy: string): Held {
  return { kind: change.kind, id: change.id, pod: change.pod, reason, remedy, change };
}

const UNCHOSEN: ReadonlySet<string> = new Set<DeregisterReason>(["unselected", "unmapped", "service-gone"]);

/** Whether it removes the instance of a pod that lives, and that no mapping chooses any more: what a mistaken selector looks like. */
export function isOfUnchosen(change: Change): boolean {
  return change.kind === "deregister" && UNCHOSEN.has(change.reason);
}

/** Whether it removes the instance of a pod that lives. */
export function isOfLiving(change: Change): boolean {
  return change.kind === "deregister" && change.reason !== "pod-gone";
}

function each(why: (proposal: Proposal, facts: Facts) => string | undefined): NonNullable<Rule["holds"]> {
  return (proposals, facts) =>
    new Map(
      proposals.flatMap((proposal) => {
        const remedy = why(proposal, facts);
        return remedy === undefined ? [] : [[proposal, remedy] as const];
      }),
    );
}

/** What is wrong with a claim holds the living pods that it is about, and nothing else. */
function concerned(reason: ClaimProblem["reason"]): Omit<Rule, "when"> {
  return {
    reason,
    alarm: "Claims",
    isFailure: "operators",
    holds: (proposals, facts) => {
      const { seen, strays } = facts;
      const { problems, mistakes } = seen.subject;
      const all = [...problems, ...mistakes, ...strays].filter((one) => one.reason === reason);
      if (all.length === 0) return new Map();
      const about = all.map((problem) => ({ problem, isAbout: chooserOf(problem) }));
      const why = ({ change, instance }: Proposal) => {
        const pod = isOfUnchosen(change) && instance !== undefined ? seen.sightings.podAt(instance) : undefined;
        const found = pod === undefined ? undefined : about.find(({ isAbout }) => isAbout(pod))?.problem;
        return found && `its pod lives on, and ${found.claim} may mean it: ${found.problem}`;
      };
      return each(why)(proposals, facts);
    },
  };
}

/** AWS has said so since the last sweep. */
function whyRefused({ change }: Proposal, { seen, history }: Facts): string | undefined {
  const { service } = seen.subject;
  return change.kind === "register" && service !== undefined ? history.refusalOf(service.id, change.id) : undefined;
}

/** Which pods a problem is about. */
function chooserOf({ pods, from }: ClaimProblem): (pod: Pod) => boolean {
  if (pods === undefined) return ({ key }) => key.namespace === from;
  const isSelected = readSelector(pods.labelSelector);
  return ({ key, labels }) => key.namespace === pods.namespace && isSelected(labels);
}

function foreignRemedy(instance: Instance, { previousOwners }: Settings): string {
  const { attributes } = instance;
  const owner = attributes[OWNER_KEY];
  const cluster = attributes[CLUSTER_KEY];
  if (owner !== undefined && previousOwners.includes(owner) && cluster !== undefined)
    return `the id is taken by an instance of previous owner ${owner} from cluster ${cluster}; if that cluster is gone, add it to the document: previousClusters: ["${cluster}"]`;
  if (owner !== undefined)
    return `the id is taken by an instance of owner ${owner}; deregister it, or name that owner in \`previousOwners\` if it was this cluster's`;
  if (attributes[MESH_KEY] !== undefined)
    return "the id is taken by an instance that App Mesh's controller left; let this owner take it over (`adopt.appMesh`), or deregister it";
  if (isExternalDns(instance))
    return "the id is taken by an instance as external-dns registers them; stop external-dns there and let this owner take it over (`adopt.externalDns: live`), or deregister it";
  return "the id is taken by an instance that carries no owner; deregister it if nobody needs it";
}

function mayClaim({ mark }: SourceTraits, { instance }: Proposal): boolean {
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
function whySourceFailed(proposal: Proposal, { seen }: Facts): string | undefined {
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
        return `its pod lives on, and ${needed}`;
      case "pod-gone":
        return seen.sightings.isInUse(instance) ? `another pod has its address, and ${needed}` : undefined;
      case "pod-not-ready":
        return failed.some(({ hidesUnready = false }) => !hidesUnready)
          ? `a claim might publish pods that are not ready, and ${needed}`
          : undefined;
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
function whyMachinesUnknown({ change, instance, mapping }: Proposal, { seen }: Facts): string | undefined {
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

function whyStrayed({ change, instance }: Proposal, { seen, force }: Facts): string | undefined {
  const node = instance !== undefined && isOfUnchosen(change) && !force ? strayedFrom(instance, seen) : undefined;
  return (
    node &&
    `its pod lives on, and ${node}, which it was registered for, does not choose it; see which of the two is wrong; ${FORCE}`
  );
}

const FORCE = "if that is meant, force it: `apply --force`, or `force` in the payload of manual-resync";

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
function guarded(proposals: readonly Proposal[], facts: Facts): ReadonlyMap<Proposal, string> {
  const { seen, dryRun, isClusterEmpty } = facts;
  const removals = proposals.filter(({ change }) => change.kind === "deregister");
  if (isClusterEmpty) return holdAll(removals, `the cluster lists no pod at all; ${FORCE}`);
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
  const retire = `${FORCE}, or name the service in \`retired\` once nothing claims it`;
  if (staying === 0)
    return holdAll(
      leaving,
      `${name} would lose its last living pods (${leaving.length}), which no mapping chooses any more; ${retire}`,
    );
  const { minInstances, maxRemovalRatio } = seen.settings.guard;
  if (leaving.length <= minInstances || leaving.length <= maxRemovalRatio * (leaving.length + staying))
    return new Map();
  const of = leaving.length + staying;
  return holdAll(
    leaving,
    `${leaving.length} of the ${of} living pods of ${name} would leave, which no mapping chooses any more; ${retire}`,
  );
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

function holdAll(proposals: readonly Proposal[], why: string): ReadonlyMap<Proposal, string> {
  return new Map(proposals.map((proposal) => [proposal, why]));
}

function removalOf({ change }: Proposal, { seen, now }: Facts) {
  const { service } = seen.subject;
  if (!isOfUnchosen(change) || service === undefined || change.pod === undefined) return undefined;
  return { service: service.id, id: change.id, pod: podName(change.pod), at: now };
}

/** What stands for pods leaves only once what replaces it is there, or comes with this plan. */
function withoutEarlyReplacements(proposals: readonly Proposal[], seen: Seen): readonly Proposal[] {
  const standing = new Set([
    ...seen.instances.filter((instance) => isMine(instance, seen)).map(({ id }) => id),
    ...proposals.flatMap(({ change }) => (change.kind === "register" ? [change.id] : [])),
  ]);
  return proposals.filter(({ change, instance }) => {
    if (change.kind !== "deregister" || change.reason !== "replaced" || instance === undefined) return true;
    return successorsOf(instance, seen.desired).every((id) => standing.has(id));
  });
}
