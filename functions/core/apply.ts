import { InputError, toError } from "./errors.ts";
import { MAX_INSTANCES } from "./holds.ts";
import { addressesOf, isAt, ownershipOf } from "./instances.ts";
import { serviceName } from "./model.ts";
import type { Change, CloudMapNamespace, Instance, Service, ServiceKind } from "./model.ts";
import type { Plan } from "./plan.ts";
import type { NamespaceRead, Outcome, World } from "./ports.ts";
import type { Request } from "./reconcile.ts";
import type { Seen } from "./view.ts";

export type Applied = { readonly outcomes: readonly Outcome[]; readonly failure?: Error };

/**
 * How long after its list began a removal may still be sent, in milliseconds. The VPC CNI keeps an IP for 30 s before it
 * gives it to another pod (IP_COOLDOWN_PERIOD), so that within this time no other pod can stand at the address.
 */
const MAX_LIST_AGE = 20_000;

/** How long operations are waited for, in milliseconds after their writes could still be sent, or after a minute of sending. */
const CONFIRM_PATIENCE = 30_000;
const LONGEST_SENDING = 60_000;

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
  { registry, settings, now }: World,
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
    const registered = await carryOut(service, registrations, () => deadline);
    outcomes.push(...(await send(service, healths, deadline)));
    const stay = stayUntil(registered, instances);
    outcomes.push(...living.map(stay).filter((outcome) => outcome !== undefined));
    await remove(service, [...(isTight ? [] : gone), ...living.filter((change) => stay(change) === undefined)]);
    return { outcomes };
  } catch (error) {
    return { outcomes, failure: toError(error) };
  }

  /** An overlapping pass may have created it first: one of the planned kind is as good, unless another's instances are where ours would be. */
  async function createService(): Promise<Service> {
    const { namespace, key } = subject;
    if (namespace === undefined || "failure" in namespace) throw new RangeError(`${serviceName(key)} has no namespace`);
    const created = await registry.createService(namespace.value, key.service, kind);
    if (created !== undefined) return created;
    const found = findService(await registry.listServices(), namespace.value, key.service);
    if (found !== undefined && isSameKind(found, kind) && !(await isTaken(found))) return found;
    throw new InputError(
      `service ${serviceName(key)} was created by somebody else meanwhile, of another kind or with instances of its own; the next pass takes it up as it is`,
    );
  }

  async function isTaken(service: Service): Promise<boolean> {
    const held = await registry.listInstances(service);
    const others = held.filter((instance) => ownershipOf(instance, settings) !== "ours");
    return others.some(({ id }) => plan.changes.some((change) => change.id === id));
  }

  async function send(service: Service, changes: readonly Change[], begin: number): Promise<readonly Outcome[]> {
    const confirm = Math.min(begin, now() + LONGEST_SENDING) + CONFIRM_PATIENCE;
    return changes.length === 0 ? [] : registry.apply(service, changes, { begin, confirm });
  }

  /** Removes on a list never older than `MAX_LIST_AGE`. */
  async function remove(service: Service, removals: readonly Change[]): Promise<void> {
    await carryOut(service, removals, (listed) => Math.min(deadline, listed + MAX_LIST_AGE));
  }

  /** What was not begun is planned again, and sent again only if that still says so. */
  async function carryOut(
    service: Service,
    changes: readonly Change[],
    endOf: (listed: number) => number,
  ): Promise<readonly Outcome[]> {
    const made: Outcome[] = [];
    const note = (ended: readonly Outcome[]) => {
      made.push(...ended);
      outcomes.push(...ended);
    };
    let left = changes;
    let listed = listedAt;
    for (let fruitless = 0; left.length > 0;) {
      const sent = await send(service, left, endOf(listed));
      const late = sent.filter(({ result }) => result === "not-begun");
      note(sent.filter(({ result }) => result !== "not-begun"));
      fruitless = late.length === sent.length ? fruitless + 1 : 0;
      if (late.length === 0) break;
      if (now() >= deadline || fruitless > 1) {
        note(late);
        break;
      }
      const fresh = await replan();
      listed = fresh.listedAt;
      const wanted = new Set(late.map(({ change }) => wishOf(change)));
      left = fresh.changes.filter((change) => wanted.has(wishOf(change)));
    }
    return made;
  }
}

/**
 * Which removals of living pods' instances wait, and why: all while a registration has not come to its end, and where Cloud
 * Map has refused one as too many, what that one was to replace.
 */
function stayUntil(
  registered: readonly Outcome[],
  instances: readonly Instance[],
): (change: Change) => Outcome | undefined {
  const isUncertain = registered.some(({ result }) => result !== "done" && result !== "quota");
  const refused = registered.flatMap(({ change, result }) =>
    change.kind === "register" && result === "quota" ? addressesOf(change) : [],
  );
  return (change) => {
    if (isUncertain) return { change, result: "not-begun" };
    if (change.kind !== "deregister" || change.reason !== "replaced") return undefined;
    const instance = instances.find(({ id }) => id === change.id);
    const isWaiting = instance !== undefined && isAt(instance, refused);
    return isWaiting ? { change, result: "quota" } : undefined;
  };
}

function findService(reads: readonly NamespaceRead[], namespace: CloudMapNamespace, name: string): Service | undefined {
  return reads
    .flatMap(({ read }) => ("value" in read ? read.value.services : []))
    .find((service) => service.namespace.id === namespace.id && service.name === name);
}

function isSameKind(a: ServiceKind, b: ServiceKind): boolean {
  return a.health === b.health && a.records.toSorted().join() === b.records.toSorted().join();
}

function isGone(change: Change): boolean {
  return change.kind === "deregister" && change.reason === "pod-gone";
}

/** What the guard let pass as gone may not go as unselected. */
function wishOf({ kind, id, reason }: Change): string {
  return `${kind} ${id} ${reason}`;
}
