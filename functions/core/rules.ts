import { CLUSTER_KEY, MESH_KEY, OWNER_KEY } from "./attributes.ts";
import { isOfUnchosen } from "./change.ts";
import type { Held, HeldReason } from "./change.ts";
import { guarded, objectionText } from "./guard.ts";
import { holderOf, isExternalDns, ownershipOf, podOf } from "./instances.ts";
import { podName } from "./model.ts";
import type { ClaimProblem } from "./claim-problem.ts";
import type { Instance, Pod } from "./model.ts";
import type { Proposal } from "./plan.ts";
import { exceedingQuota, MAX_INSTANCES } from "./quota.ts";
import { each } from "./rule.ts";
import type { Alarm, Facts, Rule } from "./rule.ts";
import { readQuery } from "./selectors.ts";
import type { Settings } from "./settings.ts";
import { mayClaim, whyMachinesUnknown, whySourceFailed, whyStrayed } from "./unread.ts";

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
      if (wrongCluster !== undefined)
        return "this is not the cluster that registered this owner's instances; reach that one with --context, name it in `previousClusters` if it is gone, or let this one register beside it with --new-cluster";
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
      const { change, instance } = proposal;
      if (!isOfUnchosen(change) || instance === undefined) return undefined;
      const absent = seen.sources.find((read) => read.state === "absent" && mayClaim(read, proposal));
      return absent === undefined
        ? undefined
        : `its ${holderOf(instance)} lives on, and the cluster serves no ${absent.source}; set \`sources.${absent.source}: false\` if they are gone for good`;
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
      new Map([...concerned("invalid").holds(proposals, facts), ...each(whyRefused)(proposals, facts)]),
  },
  { ...concerned("ambiguous"), when: "two claims of one source disagree about the pod" },
  { ...concerned("too-many"), when: "the Kubernetes namespace makes more claims than `claims.perNamespace`" },
  { ...concerned("no-service"), when: "the service does not exist, and `createServices` is off" },
  {
    reason: "guard",
    when: "too many living pods would leave, as for a mistaken selector or a document that was not deployed, or the cluster lists no pod at all",
    alarm: "Guard",
    isFailure: false,
    holds: (proposals, facts) =>
      facts.force
        ? new Map()
        : new Map([...guarded(proposals, facts)].map(([proposal, why]) => [proposal, objectionText(why)])),
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

/** What is wrong with a claim holds the living pods that it is about, and nothing else. */
function concerned(reason: ClaimProblem["reason"]): Omit<Rule, "when"> & Required<Pick<Rule, "holds">> {
  return {
    reason,
    alarm: "Claims",
    isFailure: "operators",
    holds: (proposals, facts) => {
      const { seen, strays } = facts;
      const { problems, mistakes } = seen.subject;
      const all = [...problems, ...mistakes, ...strays].filter((one) => one.reason === reason);
      const about = all.map((problem) => ({ problem, isAbout: chooserOf(problem) }));
      const why = ({ change, instance }: Proposal) => {
        const pod = isOfUnchosen(change) && instance !== undefined ? seen.sightings.podAt(instance) : undefined;
        const found = pod === undefined ? undefined : about.find(({ isAbout }) => isAbout(pod))?.problem;
        return (
          found && instance && `its ${holderOf(instance)} lives on, and ${found.claim} may mean it: ${found.problem}`
        );
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

/** Which pods a problem is about. What is wrong with a Service concerns its own load balancer too, whatever it asks for. */
function chooserOf({ claim, pods, from }: ClaimProblem): (pod: Pod) => boolean {
  const isSelected = pods === undefined ? ({ key }: Pod) => key.namespace === from : readQuery(pods);
  return (pod) => podName(pod.key) === claim || isSelected(pod);
}

function foreignRemedy(instance: Instance, settings: Settings): string {
  const { previousOwners, adopt, identity } = settings;
  const { attributes } = instance;
  const owner = attributes[OWNER_KEY];
  const cluster = attributes[CLUSTER_KEY];
  const isPrevious = owner !== undefined && previousOwners.includes(owner);
  if ((isPrevious || owner === settings.owner) && podOf(instance) === undefined)
    return `the id is taken by an instance of owner ${owner} that carries no usable pod name; deregister it`;
  if (isPrevious && cluster !== undefined)
    return `the id is taken by an instance of previous owner ${owner} from cluster ${cluster}; if that cluster is gone, add it to the document: previousClusters: ["${cluster}"]`;
  if (isPrevious)
    return `the id is taken by an instance of previous owner ${owner} that names no cluster, and not the pod that is there; deregister it`;
  if (owner !== undefined) {
    const isOfHere = cluster === identity.cluster;
    const doubt = isOfHere
      ? "; it came from this very cluster: see whether `owner` or `part` is mistyped, or another document maps the pod too"
      : "";
    return `the id is taken by an instance of owner ${owner}; deregister it, or name that owner in \`previousOwners\` if it was this cluster's${doubt}`;
  }
  if (attributes[MESH_KEY] !== undefined)
    return `the id is taken by an instance that App Mesh's controller left; ${APP_MESH_REMEDY[adopt.appMesh]}`;
  if (isExternalDns(instance))
    return `the id is taken by an instance as external-dns registers them; stop external-dns there and ${adopt.externalDns === "live" ? "" : "let this owner take it over (`adopt.externalDns: live`), or "}deregister it`;
  return "the id is taken by an instance that carries no owner; deregister it if nobody needs it";
}

/** By what `adopt.appMesh` is already. */
const APP_MESH_REMEDY: Readonly<Record<Settings["adopt"]["appMesh"], string>> = {
  off: "let this owner take it over (`adopt.appMesh`), or deregister it",
  live: "its pod is not this one: set `adopt.appMesh: exclusive`, if only this cluster served that mesh, or deregister it",
  exclusive: "deregister it",
};

function removalOf({ change }: Proposal, { seen, now }: Facts) {
  const { service } = seen.subject;
  if (!isOfUnchosen(change) || service === undefined || change.pod === undefined) return undefined;
  return { service: service.id, id: change.id, pod: podName(change.pod), at: now };
}
