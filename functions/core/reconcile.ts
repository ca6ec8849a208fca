import { applyPlan } from "./apply.ts";
import { messageOf } from "./errors.ts";
import { guardPlans, isRemoval } from "./guard.ts";
import { ownershipOf, podOf } from "./instances.ts";
import { byText } from "./model.ts";
import type { Read, Scope, ServiceKey } from "./model.ts";
import { planService } from "./plan.ts";
import type { Plan } from "./plan.ts";
import type { SourceRead, World } from "./ports.ts";
import { reportOf } from "./report.ts";
import type { Report, Result } from "./report.ts";
import { isInScope, readFailures, resolveSubjects } from "./resolve.ts";
import type { Subject } from "./resolve.ts";
import { settle, takeView } from "./view.ts";
import type { Observed, View } from "./view.ts";

export type Request = {
  readonly scopes: readonly Scope[];
  /** Whether to look for orphans too: our instances in services that nobody claims any more. */
  readonly sweep: boolean;
  /** Whether to make the removals that the guard objects to. */
  readonly force: boolean;
  /** Whether to tell what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Milliseconds since the epoch: no write is begun later. */
  readonly deadline: number;
};

/**
 * Makes Cloud Map true to the pods, for the services in scope. What fails for one service is told in the report, and the
 * others go on.
 *
 * The registry is read before the pods: an instance seen there whose pod is missing from a list begun later is truly
 * gone, and what another pass registers meanwhile was not seen, so it cannot be removed here. No lock is needed.
 */
export async function reconcile(request: Request, world: World): Promise<Report> {
  const { cluster, registry, settings } = world;
  const [sources, namespaces] = await Promise.all([cluster.listMappings(), registry.listServices()]);
  const known = resolveSubjects(sources, namespaces, settings);
  const subjects = known.filter((subject) => isWanted(subject, request));

  const observed = await Promise.all(subjects.map((subject) => observe(subject, request, world)));
  const view = await takeView(observed, world);
  const plans = planAll(view, sources, world);
  const guarded = await guard(plans, view, namespacesOf(known, observed), request, world);
  const results = await Promise.all(
    subjects.map(async (subject, index): Promise<Result> => {
      const [read, seen, plan] = [observed[index], view.services[index], guarded.plans[index]];
      if (read === undefined || seen === undefined || plan === undefined)
        throw new RangeError("a service lost its plan");
      const before = { subject, plan, ours: countOurs(read, world) };
      if ("failure" in plan || "failure" in seen || request.dryRun) return { ...before, outcomes: [] };
      const replan = async () => replanService(seen.value, sources, world);
      return { ...before, ...(await applyPlan(seen.value, plan.value, view.listedAt, replan, request, world)) };
    }),
  );
  const deleted = await deleteServices(subjects, sources, request, world);
  return reportOf({
    results,
    deleted: deleted.names,
    errors: [...readFailures(sources, namespaces), ...guarded.errors, ...deleted.errors, ...unmatched(known, request)],
    warnings: [...warningsOf(view), ...guarded.warnings],
    request,
    now: world.now(),
  });
}

/** In scope, and claimed by somebody, or on a sweep perhaps an orphan. */
function isWanted(subject: Subject, { scopes, sweep }: Request): boolean {
  return isInScope(subject, scopes) && (subject.mappings.length > 0 || subject.held.length > 0 || sweep);
}

async function observe(subject: Subject, { sweep }: Request, { registry }: World): Promise<Read<Observed>> {
  const { namespace, service, mappings } = subject;
  if (namespace !== undefined && "failure" in namespace) return namespace;
  const isRead = service !== undefined && (mappings.length > 0 || (sweep && service.instanceCount > 0));
  return settle(async () => ({ subject, instances: isRead ? await registry.listInstances(service) : [] }));
}

function countOurs(read: Read<Observed>, { settings }: World): number {
  if ("failure" in read) return 0;
  return read.value.instances.filter((instance) => ownershipOf(instance, settings) === "ours").length;
}

function planAll(
  { services, sightings }: View,
  sources: readonly SourceRead[],
  { settings }: World,
): readonly Read<Plan>[] {
  return services.map((seen) =>
    "failure" in seen ? seen : { value: planService({ ...seen.value, sightings, sources, settings }) },
  );
}

/** Plans once more from pods listed now: for removals whose list has grown old. */
async function replanService(
  observed: Observed,
  sources: readonly SourceRead[],
  world: World,
): Promise<Plan & { readonly listedAt: number }> {
  const view = await takeView([{ value: observed }], world);
  const [plan] = planAll(view, sources, world);
  if (plan === undefined) throw new RangeError("a service lost its plan");
  if ("failure" in plan) throw plan.failure;
  return { ...plan.value, listedAt: view.listedAt };
}

type Guarded = {
  readonly plans: readonly Read<Plan>[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
};

async function guard(
  plans: readonly Read<Plan>[],
  view: View,
  podNamespaces: readonly string[],
  request: Request,
  { cluster, settings }: World,
): Promise<Guarded> {
  const planned = plans.flatMap((plan) => ("value" in plan ? [plan.value] : []));
  const mayBeEmpty = !view.sawAnyPod && planned.some(({ changes }) => changes.some(isRemoval));
  const anyPod = await settle(async () => !mayBeEmpty || cluster.hasAnyPod(podNamespaces));
  const { plans: guarded, objections } = guardPlans(planned, "failure" in anyPod || !anyPod.value, settings.guard);
  const errors = "failure" in anyPod ? [messageOf(anyPod.failure)] : [];
  if (request.force) return { plans, errors, warnings: objections.map((objection) => `forced: ${objection}`) };
  const byKey = new Map(guarded.map((plan) => [plan.key, plan]));
  return {
    plans: plans.map((plan) => ("value" in plan ? { value: byKey.get(plan.value.key) ?? plan.value } : plan)),
    errors,
    warnings: objections.map((objection) => `held: ${objection}`),
  };
}

/** The Kubernetes namespaces of every mapping, in scope or not, and of the instances that were read. */
function namespacesOf(known: readonly Subject[], observed: readonly Read<Observed>[]): readonly string[] {
  const mapped = known.flatMap(({ mappings }) => mappings.map(({ pods }) => pods.namespace));
  const held = observed.flatMap((one) =>
    "value" in one ? one.value.instances.map((held) => podOf(held)?.namespace) : [],
  );
  return [...new Set([...mapped, ...held].filter((name) => name !== undefined))].toSorted(byText);
}

/** Services that this owner created, that nobody claims, and that are empty. Not while a source fails: it may claim them. */
async function deleteServices(
  subjects: readonly Subject[],
  sources: readonly SourceRead[],
  { dryRun, sweep }: Request,
  { registry, settings }: World,
): Promise<{ readonly names: readonly ServiceKey[]; readonly errors: readonly string[] }> {
  const isOff = !settings.deleteServices || settings.policy !== "sync" || dryRun || !sweep;
  const isInDoubt = sources.some((source) => source.state !== "read" && source.error !== undefined);
  if (isOff || isInDoubt) return { names: [], errors: [] };
  const empty = subjects.filter(
    ({ service, mappings, held }) => service?.instanceCount === 0 && mappings.length + held.length === 0,
  );
  const reads = await Promise.all(
    empty.map(({ key, service }) =>
      settle(async () => (service !== undefined && (await registry.deleteService(service)) ? [key] : [])),
    ),
  );
  return {
    names: reads.flatMap((read) => ("value" in read ? read.value : [])),
    errors: reads.flatMap((read) => ("failure" in read ? [messageOf(read.failure)] : [])),
  };
}

/** A person who names a service means one that exists. */
function unmatched(subjects: readonly Subject[], { scopes }: Request): readonly string[] {
  return scopes.flatMap((scope) => {
    if (scope.kind !== "service" || subjects.some((subject) => isInScope(subject, [scope]))) return [];
    const name = scope.namespace === undefined ? scope.service : `${scope.namespace}/${scope.service}`;
    return [`no mapping claims a service ${name}, and none of the configured namespaces holds one; check its name`];
  });
}

function warningsOf({ nodes }: View): readonly string[] {
  return "warning" in nodes && nodes.warning !== undefined ? [nodes.warning] : [];
}
