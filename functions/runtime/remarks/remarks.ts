import type { Report, ServiceReport } from "../../core/report.ts";
import { isClaimedBy } from "./is-claimed-by.ts";
import type { LeftByAppMesh } from "./left-by-app-mesh.ts";
import type { Reads } from "./record.ts";
import type { Unchosen } from "./unchosen.ts";

/** What a person should know though no pass would change it. */
export type Remarks = {
  /** Mappings that choose no pod. */
  readonly unchosen: number;
  /** Instances of dead pods that App Mesh's controller registered. */
  readonly leftByAppMesh: number;
};

/** `empty`: why nothing is to be registered in a service that is claimed; undefined where something is. */
export type RemarkedService = ServiceReport & { readonly empty?: "no pods" | "none ready" };

/** A function of an earlier release tells its report alone: nothing is remarked there. */
export type Seen = Report & Partial<Remarks> & { readonly services: readonly RemarkedService[] };

export type RemarkedReport = Seen & Remarks;

/** Adds a warning for each, and says of services why they are empty. */
export function remarkOn(
  report: Report,
  unchosen: readonly Unchosen[],
  left: readonly LeftByAppMesh[],
  { namespaces }: Pick<Reads, "namespaces">,
): RemarkedReport {
  // A Service whose load balancer is on its way is none of these: it chooses no pods at all.
  const choosing = unchosen.filter(({ claim }) => claim.pods.kind === undefined);
  const warnings = [
    ...unchosen.map(({ claim, problem }) => `${claim.origin.name} ${problem}`),
    ...left.map(({ problem }) => problem),
  ];
  const services = report.services.map((service) => {
    if (!isEmpty(service)) return service;
    const isUnchosen = choosing.some(({ claim }) => isClaimedBy(service, claim, namespaces));
    return { ...service, empty: isUnchosen ? ("no pods" as const) : ("none ready" as const) };
  });
  return {
    ...report,
    services,
    warnings: [...report.warnings, ...warnings],
    unchosen: choosing.length,
    leftByAppMesh: left.reduce((sum, { instances }) => sum + instances, 0),
  };
}

function isEmpty({ podNamespaces, desired, registered, changes, held, error, deleted }: ServiceReport): boolean {
  return (
    podNamespaces.length > 0 &&
    desired + registered + changes.length + held.length === 0 &&
    error === null &&
    deleted !== true
  );
}
