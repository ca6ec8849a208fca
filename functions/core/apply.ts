import { InputError, toError } from "./errors.ts";
import { MAX_INSTANCES } from "./holds.ts";
import { serviceName } from "./model.ts";
import type { Change, Service } from "./model.ts";
import type { Plan } from "./plan.ts";
import type { Outcome, World } from "./ports.ts";
import type { Request } from "./reconcile.ts";
import type { Seen } from "./view.ts";

export type Applied = { readonly outcomes: readonly Outcome[]; readonly failure?: Error };

/**
 * How long after its list began a removal may still be sent, in milliseconds. The VPC CNI keeps an IP for 30 s before it
 * gives it to another pod (IP_COOLDOWN_PERIOD), so that within this time no other pod can stand at the address.
 */
const MAX_LIST_AGE = 20_000;

/**
 * Carries out a plan, registrations before removals: a crash midway leaves too many instances, never too few. Only where
 * they would exceed the quota do the pods that are gone leave first. If a registration fails, living pods stay.
 */
export async function applyPlan(
  { subject, kind, instances }: Seen,
  plan: Plan,
  listedAt: number,
  replan: () => Promise<Plan & { readonly listedAt: number }>,
  { deadline }: Request,
  { registry, now }: World,
): Promise<Applied> {
  if (plan.changes.length === 0) return { outcomes: [] };
  const outcomes: Outcome[] = [];
  try {
    const service = subject.service ?? (await createService());
    const registrations = plan.changes.filter(({ kind: what }) => what === "register");
    const healths = plan.changes.filter(({ kind: what }) => what === "set-health");
    const gone = plan.changes.filter(isGone);
    const living = plan.changes.filter((change) => change.kind === "deregister" && !isGone(change));
    const added = registrations.filter(({ id }) => !instances.some((instance) => instance.id === id));
    const isTight = instances.length + added.length > MAX_INSTANCES;

    if (isTight) await remove(service, gone);
    const registered = await send(service, registrations, deadline);
    outcomes.push(...registered);
    outcomes.push(...(await send(service, healths, deadline)));
    const hasFailed = registered.some(({ result }) => result !== "done" && result !== "quota");
    if (hasFailed) outcomes.push(...living.map((change) => ({ change, result: "unfinished" as const })));
    await remove(service, [...(isTight ? [] : gone), ...(hasFailed ? [] : living)]);
    return { outcomes };
  } catch (error) {
    return { outcomes, failure: toError(error) };
  }

  async function createService(): Promise<Service> {
    const { namespace, key } = subject;
    if (namespace === undefined || "failure" in namespace) throw new RangeError(`${serviceName(key)} has no namespace`);
    const created = await registry.createService(namespace.value, key.service, kind);
    if (created !== undefined) return created;
    throw new InputError(
      `service ${serviceName(key)} was created by somebody else meanwhile; the next pass takes it up`,
    );
  }

  async function send(service: Service, changes: readonly Change[], until: number): Promise<readonly Outcome[]> {
    return changes.length === 0 ? [] : registry.apply(service, changes, until);
  }

  /** Removes on a list never older than `MAX_LIST_AGE`: what waits longer is planned again, and goes only if that still says so. */
  async function remove(service: Service, removals: readonly Change[]): Promise<void> {
    let pending = removals;
    let listed = listedAt;
    for (let fruitless = 0; pending.length > 0;) {
      const sent = await send(service, pending, Math.min(deadline, listed + MAX_LIST_AGE));
      const late = sent.filter(({ result }) => result === "late");
      outcomes.push(...sent.filter(({ result }) => result !== "late"));
      fruitless = late.length === sent.length ? fruitless + 1 : 0;
      if (late.length === 0) return;
      if (now() >= deadline || fruitless > 1) {
        outcomes.push(...late);
        return;
      }
      const fresh = await replan();
      listed = fresh.listedAt;
      pending = late
        .map(({ change }) => change)
        .filter((change) => fresh.changes.some((again) => isSameRemoval(change, again)));
    }
  }
}

function isGone(change: Change): boolean {
  return change.kind === "deregister" && change.reason === "pod-gone";
}

/** What the guard let pass as gone may not go as unselected. */
function isSameRemoval(change: Change, again: Change): boolean {
  return again.kind === "deregister" && again.id === change.id && again.reason === change.reason;
}
