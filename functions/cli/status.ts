import { CLUSTER_KEY, MESH_KEY, OWNER_KEY, PORT_KEY, ZONE_KEY } from "../core/attributes.ts";
import { ownershipOf, podOf } from "../core/instances.ts";
import { byText, podName } from "../core/model.ts";
import type { Health, Instance, Service } from "../core/model.ts";
import { reportedHolder } from "../core/report-service.ts";
import type { Drift, ReportedHeld, ServiceReport } from "../core/report.ts";
import type { Settings } from "../core/settings.ts";
import { podsRead } from "../runtime/remarks/record.ts";
import type { Reads } from "../runtime/remarks/record.ts";
import type { RemarkedService, Remarks, Seen } from "../runtime/remarks/remarks.ts";

/** What Cloud Map holds, and whether it is true, as one pass sees it that changes nothing. */
export type Status = Partial<Remarks> & {
  /** Those that somebody claims, and those that hold instances. Sorted by namespace and service. */
  readonly services: readonly ServiceStatus[];
  readonly drift: Drift;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly ok: boolean;
};

export type ServiceStatus = {
  readonly namespace: string;
  readonly service: string;
  readonly state: State;
  /** Why nothing is to be registered there. */
  readonly empty?: RemarkedService["empty"];
  /** Endpoints that should be registered. */
  readonly desired: number;
  /** Our instances. */
  readonly registered: number;
  /** Of ours; null where the service has no custom health check. */
  readonly unhealthy: number | null;
  /** Differences that a pass would repair. */
  readonly differs: number;
  readonly held: readonly ReportedHeld[];
  /** Who else has instances there. They are never touched. */
  readonly others: readonly { readonly owner: string; readonly instances: number }[];
  readonly error: string | null;
  readonly cause?: string;
  /** Where they are asked for; sorted by id. */
  readonly instances?: readonly InstanceStatus[];
};

/** What needs somebody comes first; the two of a service to which nothing is to be registered before that where all is as it should be. */
export const STATES = ["failed", "held", "differs", "no pods", "none ready", "in sync"] as const;
export type State = (typeof STATES)[number];

/** `null`: not known. */
export type InstanceStatus = {
  readonly id: string;
  /** `namespace/name` in Kubernetes. */
  readonly pod: string | null;
  /** The same of a Service, of whose load balancer it is. */
  readonly kubernetesService?: string;
  readonly zone: string | null;
  readonly port: string | null;
  /** Of the custom health check. */
  readonly health: Health | null;
  readonly owner: string;
  /** RFC 3339: since when the pod is as ready as it is; of pods that the pass has read. */
  readonly since: string | null;
};

/** `isWide`: with each instance. */
export function deriveStatus(
  report: Seen,
  { instances, pods }: Pick<Reads, "instances" | "pods">,
  settings: Settings,
  isWide: boolean,
): Status {
  const since = new Map((isWide ? podsRead({ pods }) : []).map((pod) => [podName(pod.key), pod.since]));
  const wide = (held: readonly Instance[]) =>
    isWide ? { instances: held.map((instance) => instanceStatus(instance, since, settings)) } : {};
  const read = Map.groupBy(instances, ([{ name }]) => name);
  const told = report.services.map((service) => {
    const found = read.get(service.service)?.find(([one]) => isSame(one, service));
    const held = found?.[1] ?? [];
    return { ...statusOf(service, found?.[0], held, settings), ...wide(held) };
  });
  const reported = Map.groupBy(report.services, ({ service }) => service);
  const untold = [...instances]
    .filter(([one, held]) => held.length > 0 && !(reported.get(one.name) ?? []).some((service) => isSame(one, service)))
    .map(([one, held]) => ({ ...statusOf(unclaimed(one), one, held, settings), ...wide(held) }));
  const services = [...told, ...untold].toSorted(
    (a, b) => byText(a.namespace, b.namespace) || byText(a.service, b.service),
  );
  const { drift, errors, warnings, ok, unchosen = 0, leftByAppMesh = 0 } = report;
  return { services, drift, errors, warnings, ok, unchosen, leftByAppMesh };
}

function statusOf(
  { namespace, service, desired, registered, changes, held, error, cause, empty }: RemarkedService,
  read: Service | undefined,
  instances: readonly Instance[],
  settings: Settings,
): ServiceStatus {
  const ours = instances.filter((instance) => ownershipOf(instance, settings) === "ours");
  const others = Map.groupBy(
    instances.filter((instance) => !ours.includes(instance)),
    (instance) => ownerOf(instance, settings),
  );
  return {
    namespace,
    service,
    state: stateOf({ error, held, changes }, empty),
    ...(empty === undefined ? {} : { empty }),
    desired,
    registered,
    unhealthy: read?.health === "custom" ? ours.filter(({ health }) => health === "UNHEALTHY").length : null,
    differs: changes.length,
    held,
    others: [...others]
      .map(([owner, theirs]) => ({ owner, instances: theirs.length }))
      .toSorted((a, b) => byText(a.owner, b.owner)),
    error,
    ...(cause === undefined ? {} : { cause }),
  };
}

function stateOf(
  { error, held, changes }: Pick<ServiceReport, "error" | "held" | "changes">,
  empty: RemarkedService["empty"],
): State {
  if (error !== null || held.some(({ isFailure }) => isFailure)) return "failed";
  if (held.length > 0) return "held";
  return changes.length > 0 ? "differs" : (empty ?? "in sync");
}

function instanceStatus(instance: Instance, since: ReadonlyMap<string, string>, settings: Settings): InstanceStatus {
  const { id, attributes, health } = instance;
  const pod = podOf(instance);
  return {
    id,
    ...reportedHolder(pod),
    zone: attributes[ZONE_KEY] ?? null,
    port: attributes[PORT_KEY] ?? null,
    health: health ?? null,
    owner: ownerOf(instance, settings),
    since: (pod && since.get(podName(pod))) ?? null,
  };
}

/** As far as an instance tells; our own owner's are another cluster's. Amazon ECS begins its attributes with `ECS_`. */
export function ownerOf(instance: Instance, settings: Settings): string {
  const { attributes } = instance;
  const owner = attributes[OWNER_KEY];
  const cluster = attributes[CLUSTER_KEY];
  if (ownershipOf(instance, settings) === "other-cluster") return `${owner} in cluster ${cluster}`;
  if (owner !== undefined) return owner;
  if (attributes[MESH_KEY] !== undefined) return "App Mesh";
  return Object.keys(attributes).some((key) => key.startsWith("ECS_")) ? "Amazon ECS" : "unknown";
}

/** A namespace is reported by its name, or by its id where two of the configuration have the same name. */
export function isSame({ namespace, name }: Service, reported: Pick<ServiceReport, "namespace" | "service">): boolean {
  return reported.service === name && [namespace.name, namespace.id].includes(reported.namespace);
}

/** Of one that nobody claims, and in which no instance is ours: a report is silent about it. */
export function unclaimed({ namespace, name }: Service): ServiceReport {
  const nothing = { podNamespaces: [], desired: 0, registered: 0, foreign: 0, changes: [], held: [], error: null };
  return { namespace: namespace.name, service: name, ...nothing };
}
