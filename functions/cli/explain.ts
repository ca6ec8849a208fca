import { addressesOf, ownershipOf, podOf } from "../core/instances.ts";
import { byText, podName } from "../core/model.ts";
import type { Claim, Instance, Pod, Service } from "../core/model.ts";
import { viewNodes } from "../core/nodes.ts";
import type { Report, ReportedChange, ReportedHeld, ServiceReport } from "../core/report.ts";
import type { Settings } from "../core/settings.ts";
import { reportedHolder } from "../core/report-service.ts";
import { explainMappings, matchMapping } from "./explain-mapping.ts";
import type { ExplainedMapping, MatchedMapping } from "./explain-mapping.ts";
import { isNamed, isServiceMeant } from "./explain-target.ts";
import type { Target } from "./explain-target.ts";
import { isClaimedBy } from "../runtime/remarks/is-claimed-by.ts";
import { originsOf } from "./origins.ts";
import type { Origin } from "./origins.ts";
import { balancersRead, podsRead } from "../runtime/remarks/record.ts";
import type { Reads } from "../runtime/remarks/record.ts";
import { holderIn } from "./render-changes.ts";
import { isSame, ownerOf, unclaimed } from "./status.ts";

/** Why something is, or is not, in Cloud Map: one answer for each pod, instance and service that is called so. */
export type Explanation = {
  readonly pods: readonly ExplainedPod[];
  readonly instances: readonly ExplainedInstance[];
  /** Services of that name, as the pass sees them, claimed or not. */
  readonly services: readonly ExplainedService[];
  /** Mappings, and objects that claim, of that name. */
  readonly mappings: readonly ExplainedMapping[];
  /** What the next pass would do about the pods and instances. */
  readonly next: readonly Next[];
};

/** `claimedBy`: the mappings and objects that claim it; `instances`: the ids of all, whoever registered them. Both sorted. */
export type ExplainedService = ServiceReport & {
  readonly claimedBy: readonly string[];
  readonly instances: readonly string[];
};

export type ExplainedPod = {
  /** `namespace/name`; of a Service's load balancer `Service namespace/name`. */
  readonly pod: string;
  readonly ips: readonly string[];
  readonly state: Pod["state"];
  /** What says so. */
  readonly why: string;
  readonly mappings: readonly MatchedMapping[];
};

export type ExplainedInstance = {
  readonly service: string;
  readonly id: string;
  readonly pod: string | null;
  /** `namespace/name` of a Service, of whose load balancer it is. */
  readonly kubernetesService?: string;
  readonly owner: string;
  readonly attributes: readonly Origin[];
  /** Whether this owner registered it: of others it is not known where their attributes come from. */
  readonly isOurs: boolean;
};

export type Next = { readonly service: string } & (
  | { readonly change: ReportedChange }
  | { readonly held: ReportedHeld }
);

/** `pods`: those that are called so, or have that address, whether or not a mapping chooses them. */
export function explain(
  target: Target,
  pods: readonly Pod[],
  report: Report,
  reads: Reads,
  settings: Settings,
): Explanation {
  const claims = reads.sources.flatMap((source) => (source.state === "read" ? source.claims : []));
  const names = new Set(pods.map(({ key }) => podName(key)));
  const isMeant = (instance: Instance) => {
    const pod = podOf(instance);
    return (
      instance.id === target.text ||
      addressesOf(instance).includes(target.text) ||
      (pod !== undefined && (names.has(podName(pod)) || isNamed(target, pod)))
    );
  };
  const found = [...reads.instances].flatMap(([service, instances]) =>
    instances.filter(isMeant).map((instance) => ({ service, instance })),
  );
  const ids = new Set(found.map(({ service, instance }) => `${service.name} ${instance.id}`));
  const isNext = (service: string, one: Pick<ReportedChange, "id" | "pod" | "kubernetesService">) =>
    one.id === target.text || names.has(holderIn(one) ?? "") || ids.has(`${service} ${one.id}`);
  return {
    pods: pods.map((pod) => explainPod(pod, claims, reads)),
    instances: found.map(({ service, instance }) => explainInstance(service, instance, claims, reads, settings)),
    services: servicesOf(report, reads)
      .filter((service) => isServiceMeant(target, service))
      .map((service) => explainService(service, claims, reads)),
    mappings: explainMappings(target, report, reads),
    next: report.services.flatMap(({ namespace, service, changes, held }): readonly Next[] => [
      ...changes
        .filter((change) => isNext(service, change))
        .map((change) => ({ service: `${namespace}/${service}`, change })),
      ...held
        .filter((hold) => isNext(service, hold))
        .map((hold) => ({ service: `${namespace}/${service}`, held: hold })),
    ]),
  };
}

/** With those that nobody claims. */
function servicesOf({ services }: Report, { namespaces, instances }: Reads): readonly ServiceReport[] {
  const all = namespaces.flatMap(({ read }) => ("value" in read ? read.value.services : []));
  const untold = all.filter((one) => !services.some((service) => isSame(one, service)));
  return [...services, ...untold.map((one) => ({ ...unclaimed(one), foreign: instances.get(one)?.length ?? 0 }))];
}

function explainService(
  service: ServiceReport,
  claims: readonly Claim[],
  { namespaces, instances }: Reads,
): ExplainedService {
  const claimedBy = claims.filter((claim) => isClaimedBy(service, claim, namespaces)).map(({ origin }) => origin.name);
  const held = [...instances].flatMap(([{ namespace, name }, found]) =>
    name === service.service && [namespace.name, namespace.id].includes(service.namespace) ? found : [],
  );
  return {
    ...service,
    claimedBy: [...new Set(claimedBy)].toSorted(byText),
    instances: held.map(({ id }) => id).toSorted(byText),
  };
}

function explainPod(pod: Pod, claims: readonly Claim[], { nodes }: Reads): ExplainedPod {
  const mappings = claims.flatMap((claim) => matchMapping(claim, pod) ?? []);
  return {
    pod: podName(pod.key),
    ips: pod.ips,
    state: pod.state,
    why: whyState(pod, viewNodes(nodes)),
    mappings: mappings.toSorted((a, b) => Number(a.missing !== null) - Number(b.missing !== null)),
  };
}

function whyState(pod: Pod, view: ReturnType<typeof viewNodes>): string {
  if (pod.key.kind === "Service") return "its status has these names and addresses of its load balancer";
  const node = pod.node === undefined ? "no node yet" : `node ${pod.node}`;
  if (pod.state === "gone") return "it has ended, is being deleted, or has no address";
  if (!view.isLiving(pod)) return `EC2 says that the machine of ${node} stops or is gone`;
  if (view.isLeaving(pod)) return `${node} is leaving, or has stopped to report`;
  if (pod.state === "ready") return `its condition Ready is True, since ${pod.since}; ${node}`;
  return pod.containersReady
    ? `its node was not heard, since ${pod.since}: its containers are ready, and its condition Ready is not until its kubelet says so; look at ${node}`
    : `not all of its containers and readiness gates are ready, since ${pod.since}; ${node}`;
}

/** Whose instances carry what this tool wrote; a previous owner's and another cluster's too. */
const OURS: ReadonlySet<string> = new Set(["ours", "unstamped", "previous", "previous-elsewhere", "other-cluster"]);

function explainInstance(
  { namespace, name }: Service,
  instance: Instance,
  claims: readonly Claim[],
  reads: Reads,
  settings: Settings,
): ExplainedInstance {
  const key = podOf(instance);
  const known = key?.kind === undefined ? podsRead(reads) : balancersRead(reads);
  const pod = key === undefined ? undefined : known.find((one) => podName(one.key) === podName(key));
  const mapping = pod && claims.find((claim) => claim.service === name && matchMapping(claim, pod)?.missing === null);
  return {
    service: `${namespace.name}/${name}`,
    id: instance.id,
    ...reportedHolder(key),
    owner: ownerOf(instance, settings),
    attributes: originsOf(instance.attributes, pod, mapping, settings),
    isOurs: OURS.has(ownershipOf(instance, settings)),
  };
}
