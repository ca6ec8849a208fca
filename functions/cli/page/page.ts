import { podName } from "../../core/model.ts";
import type { Claim, Pod } from "../../core/model.ts";
import type { Report, ReportedChange, ReportedClaim, ServiceReport } from "../../core/report.ts";
import { readSelector } from "../../core/selectors.ts";
import type { About } from "../about.ts";
import { isClaimedBy } from "../../runtime/remarks/is-claimed-by.ts";
import { podsRead } from "../../runtime/remarks/record.ts";
import type { Reads } from "../../runtime/remarks/record.ts";
import { kindOf, KINDS } from "../render-changes.ts";
import { STATES } from "../status.ts";
import type { InstanceStatus, ServiceStatus, State, Status } from "../status.ts";

/** What a page shows: a status with each instance, the changes that would make it right, and pods that wait. */
export type Page = Pick<Status, "errors" | "warnings" | "ok" | "unchosen" | "leftByAppMesh"> & {
  readonly about: About;
  /** The release of this tool. */
  readonly version: string;
  /** In milliseconds since 1970. */
  readonly madeAt: number;
  /** In the order of `STATES`; of one state sorted by namespace and service. */
  readonly services: readonly PageService[];
  /** Those that no service shows. */
  readonly claims: readonly ReportedClaim[];
  /** How many services are in each state. */
  readonly counts: Readonly<Record<State, number>>;
};

export type PageService = ServiceStatus & {
  /** As they follow one another, as many as there is room for; `differs` counts all. */
  readonly changes: readonly ReportedChange[];
  readonly creates: ServiceReport["creates"];
  /** As many as there is room for. */
  readonly instances: readonly InstanceStatus[];
  /** Instances for which the page has no room. */
  readonly unlisted: number;
  /** Pods that a mapping chooses and that are not ready: what is missing in Cloud Map on purpose. */
  readonly unready: readonly Pick<Pod, "key" | "since">[];
};

/** Of all services together: about 6 MB of page, and 3 MB. */
const MOST_INSTANCES = 20_000;
const MOST_CHANGES = 2_000;
/** Of one service. */
const MOST_CHANGES_HERE = 100;

/** `status`: with each instance. */
export function derivePage(status: Status, report: Report, about: About, reads: Reads, madeAt: number): Page {
  const reported = new Map(report.services.map((service) => [keyOf(service), service]));
  const services = status.services.map((service): PageService => {
    const { changes = [], creates } = reported.get(keyOf(service)) ?? {};
    const { instances = [] } = service;
    const ordered = KINDS.flatMap((kind) => changes.filter((change) => kindOf(change) === kind));
    return { ...service, changes: ordered, creates, instances, unlisted: 0, unready: [] };
  });
  const unready = unreadyPods(services, reads);
  const all = services.map((service) => ({ ...service, unready: unready.get(keyOf(service)) ?? [] }));
  const shown = new Set(status.services.flatMap(({ held }) => held.map(({ remedy }) => remedy)));
  return {
    about,
    version: report.version,
    madeAt,
    services: withinRoom(STATES.flatMap((state) => all.filter((service) => service.state === state))),
    claims: report.claims.filter(({ problem }) => !shown.has(problem)),
    counts: countStates(all),
    errors: status.errors,
    warnings: status.warnings,
    ok: status.ok,
    unchosen: status.unchosen ?? 0,
    leftByAppMesh: status.leftByAppMesh ?? 0,
  };
}

function countStates(services: readonly PageService[]): Page["counts"] {
  const counts = { failed: 0, held: 0, differs: 0, "no pods": 0, "none ready": 0, "in sync": 0 };
  for (const { state } of services) counts[state] += 1;
  return counts;
}

/** Leaves out instances and changes of the last services, where there are more than a browser bears. */
function withinRoom(services: readonly PageService[]): readonly PageService[] {
  const room = { instances: MOST_INSTANCES, changes: MOST_CHANGES };
  return services.map((service) => {
    const instances = service.instances.slice(0, room.instances);
    const changes = service.changes.slice(0, Math.min(room.changes, MOST_CHANGES_HERE));
    room.instances -= instances.length;
    room.changes -= changes.length;
    return { ...service, instances, changes, unlisted: service.instances.length - instances.length };
  });
}

/** By service: pods that a mapping chooses, that are not ready, and that nothing else on the page is about. */
function unreadyPods(
  services: readonly PageService[],
  { sources, namespaces, pods }: Reads,
): ReadonlyMap<string, readonly Pod[]> {
  const waiting = Map.groupBy(
    podsRead({ pods }).filter(({ state }) => state === "not-ready"),
    ({ key }) => key.namespace,
  );
  const byName = Map.groupBy(services, ({ service }) => service);
  const found = new Map<string, Set<Pod>>();
  for (const claim of sources.flatMap((source) => (source.state === "read" ? source.claims : []))) {
    const chosen = (waiting.get(claim.pods.namespace) ?? []).filter(choose(claim));
    for (const service of byName.get(claim.service) ?? [])
      if (chosen.length > 0 && isClaimedBy(service, claim, namespaces))
        found.set(keyOf(service), new Set([...(found.get(keyOf(service)) ?? []), ...chosen]));
  }
  return new Map(
    services.map((service) => [keyOf(service), [...(found.get(keyOf(service)) ?? [])].filter(notAbout(service))]),
  );
}

function choose({ pods: { labelSelector, name }, chooses }: Claim): (pod: Pod) => boolean {
  const isSelected = readSelector(labelSelector);
  return (pod) => (name === undefined || name === pod.key.name) && isSelected(pod.labels) && chooses(pod);
}

function notAbout({ instances, changes, held }: PageService): (pod: Pod) => boolean {
  const known = new Set([...instances, ...changes, ...held].map(({ pod }) => pod));
  return ({ key }) => !known.has(podName(key));
}

function keyOf({ namespace, service }: Pick<ServiceReport, "namespace" | "service">): string {
  return `${namespace}/${service}`;
}
