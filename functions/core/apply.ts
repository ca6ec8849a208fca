import { messageOf } from "./errors.ts";
import { serviceName } from "./model.ts";
import type { Change, DeregisterReason, Held } from "./change.ts";
import type { Service } from "./model.ts";
import type { Seen } from "./observe.ts";
import type { Outcome, Times, World } from "./ports.ts";
import { MAX_INSTANCES } from "./quota.ts";
import { successorsOf } from "./removals.ts";
import { holdChange } from "./change.ts";

/** What became of a plan's changes; those that are neither in `outcomes` nor in `held` were not begun. */
export type Applied = {
  readonly outcomes: readonly Outcome[];
  /** Removals that wait for a registration of the same service. */
  readonly held: readonly Held[];
};

/** How many instances of a full service leave at once to make room. */
const BATCH = 100;

/**
 * Carries out changes of one service, registrations before removals: a crash midway leaves too many instances, never too few. A
 * removal goes only once what stands for its pods is confirmed. Only where the service is full do as many leave first as the
 * others need, batch by batch: pods that are gone, and where there are none, instances that are replaced.
 */
export async function applyPlan(
  seen: Seen,
  changes: readonly Change[],
  times: Times,
  { registry }: World,
): Promise<Applied> {
  const outcomes: Outcome[] = [];
  if (changes.length === 0) return { outcomes, held: [] };
  const service = seen.subject.service ?? (await create(seen, times, registry));
  // Another pass has created it: what it holds has to be read first.
  if (service === undefined) return { outcomes, held: [] };
  const send = async (some: readonly Change[]): Promise<readonly Outcome[]> => {
    const sent = some.length === 0 ? [] : await registry.apply(service, some, times);
    outcomes.push(...sent);
    return sent;
  };
  const early = await register(seen, changes, send);
  await send(changes.filter(({ kind }) => kind === "set-health"));
  const removals = changes.filter((change) => change.kind === "deregister" && !early.has(change));
  const whyWaiting = waitingRule(seen, outcomes, removals);
  const held = removals.flatMap((change) => {
    const why = whyWaiting(change);
    return why === undefined ? [] : [holdChange(change, "waiting", why)];
  });
  const waiting = new Set(held.map(({ change }) => change));
  await send(removals.filter((change) => !waiting.has(change)));
  return { outcomes, held };
}

type Send = (changes: readonly Change[]) => Promise<readonly Outcome[]>;

/** Registers, and in a full service makes room; returns the removals that were sent for it. */
async function register(seen: Seen, changes: readonly Change[], send: Send): Promise<ReadonlySet<Change>> {
  const standing = new Set(seen.instances.map(({ id }) => id));
  const registrations = changes.filter(({ kind }) => kind === "register");
  const added = registrations.filter(({ id }) => !standing.has(id));
  const room = Math.max(0, MAX_INSTANCES - seen.instances.length);
  let missing = 0;
  const sendRegistrations = async (some: readonly Change[]) => {
    for (const { change, result } of await send(some)) {
      if (result === "done") standing.add(change.id);
      else missing += 1;
    }
  };
  await sendRegistrations([...registrations.filter(({ id }) => standing.has(id)), ...added.slice(0, room)]);
  const early = new Set<Change>();
  let left = added.slice(room);
  while (left.length > 0) {
    const removals = changes.filter((change) => !early.has(change));
    const batch = nextBatch(removals, left, { seen, standing, most: BATCH - missing });
    for (const change of batch.removals) early.add(change);
    const gone = (await send(batch.removals)).filter(({ result }) => result === "done").length;
    const sent = new Set(batch.registrations.slice(0, gone));
    if (sent.size === 0) break;
    await sendRegistrations([...sent]);
    left = left.filter((change) => !sent.has(change));
  }
  return early;
}

/** `registrations`: in their order, as many as really leave are sent. */
type Batch = { readonly removals: readonly Change[]; readonly registrations: readonly Change[] };

/** `standing`: the ids that are there now. `most`: how many may leave before what replaces them is there; what was refused counts. */
type Room = { readonly seen: Seen; readonly standing: ReadonlySet<string>; readonly most: number };

/**
 * What leaves a full service next, and what comes in its place: pods that are gone, then instances whose successors are there
 * already, then some that their own successors follow at once.
 */
function nextBatch(changes: readonly Change[], left: readonly Change[], { seen, standing, most }: Room): Batch {
  const gone = changes.filter(isOf("pod-gone"));
  const replaced = changes.filter(isOf("replaced"));
  const covered = replaced.filter(({ id }) => successorsOfId(id, seen).every((one) => standing.has(one)));
  const harmless = (gone.length > 0 ? gone : covered).slice(0, Math.min(BATCH, left.length));
  if (harmless.length > 0) return { removals: harmless, registrations: left };
  const removals = replaced.slice(0, Math.max(0, most));
  const following = new Set(removals.flatMap(({ id }) => successorsOfId(id, seen)));
  return { removals, registrations: left.filter(({ id }) => following.has(id)) };
}

function isOf(reason: DeregisterReason): (change: Change) => boolean {
  return (change) => change.kind === "deregister" && change.reason === reason;
}

function successorsOfId(id: string, { byId, desired }: Seen): readonly string[] {
  const instance = byId.get(id);
  return instance === undefined ? [] : successorsOf(instance, desired);
}

/** Undefined: somebody else has created it meanwhile. */
async function create(
  { subject: { namespace, key }, kind }: Seen,
  { begin }: Times,
  registry: World["registry"],
): Promise<Service | undefined> {
  if (namespace === undefined || "failure" in namespace) throw new RangeError(`${serviceName(key)} has no namespace`);
  return registry.createService(namespace.value, key.service, kind, begin);
}

/**
 * Why a removal waits for a registration of this round; undefined where it may go.
 *
 * | the removal is of       | it waits while                                                                        |
 * |-------------------------|---------------------------------------------------------------------------------------|
 * | a pod that is gone      | a registration is under way, and without the instance the service would be empty      |
 * | any living pod          | a registration is under way                                                           |
 * | a replaced instance     | one of those that replace it is not there                                             |
 * | an unready pod          | no ready pod of the service is there                                                  |
 *
 * What is held until EC2 says whether its machine is there is under way too.
 */
function waitingRule(
  seen: Seen,
  outcomes: readonly Outcome[],
  removals: readonly Change[],
): (change: Change) => string | undefined {
  const { isSent, standing, failures } = standingAfter(seen, outcomes);
  const isUnderWay = isSent || awaitsMachines(seen);
  const going = new Set(removals.map(({ id }) => id));
  const isEmptied = [...standing].every((id) => going.has(id));
  const isServed = seen.desired.endpoints.some(({ id, ready }) => ready && standing.has(id));
  const [anyFailure] = failures.values();
  return (change) => {
    if (change.kind !== "deregister") return undefined;
    if (change.reason === "pod-gone")
      return isUnderWay && isEmptied
        ? "the service would be empty; a registration has to be confirmed first"
        : undefined;
    if (isUnderWay) return "registrations of this service have to be confirmed first; the next pass goes on";
    if (change.reason === "replaced") {
      const missing = successorsOfId(change.id, seen).find((id) => !standing.has(id));
      return missing === undefined
        ? undefined
        : `${missing}, which replaces it, is not there${because(failures.get(missing))}`;
    }
    const isKept = change.reason === "pod-not-ready" && seen.settings.whenAllUnready === "keep" && !isServed;
    return isKept ? `no ready pod of the service is registered yet${because(anyFailure)}` : undefined;
  };
}

/** Whether a ready pod is not registered yet because EC2 did not answer (unread.ts). */
function awaitsMachines({ desired, byId, nodes }: Seen): boolean {
  return desired.endpoints.some(({ id, ready, pod }) => ready && !byId.has(id) && nodes.isUncertain(pod));
}

function because(failure: string | undefined): string {
  return failure === undefined ? "" : `: ${failure}`;
}

/** What is registered after this round's registrations, what was refused, by id, and whether some are not confirmed yet. */
function standingAfter({ instances }: Seen, outcomes: readonly Outcome[]) {
  const standing = new Set(instances.map(({ id }) => id));
  const failures = new Map<string, string>();
  let isSent = false;
  for (const outcome of outcomes) {
    const { change, result } = outcome;
    if (change.kind === "deregister" && result === "done") standing.delete(change.id);
    if (change.kind !== "register") continue;
    if (result === "done") standing.add(change.id);
    if (result === "pending" || result === "not-begun") isSent = true;
    if (outcome.result === "failed" || outcome.result === "refused") failures.set(change.id, messageOf(outcome.error));
    if (result === "quota") failures.set(change.id, "Cloud Map refuses more instances");
  }
  return { isSent, standing, failures };
}
