import { applyPlan } from "./apply.ts";
import { bindClaims, isClaimed, listedNamespaces, openCases, readClaims } from "./case.ts";
import type { Case, Claims } from "./case.ts";
import type { Change } from "./change.ts";
import { decide } from "./decide.ts";
import { deleteEmptyServices } from "./delete-services.ts";
import { openLedger } from "./ledger.ts";
import { leftOver, onceMore, shareOf, waitingForOthers } from "./left-over.ts";
import { keepLabels } from "./kept-labels.ts";
import { beginLook } from "./look.ts";
import type { Look } from "./look.ts";
import { serviceName } from "./model.ts";
import type { Instance } from "./model.ts";
import { neededNamespaces } from "./needed-namespaces.ts";
import { observe } from "./observe.ts";
import { bindLater, countedIn, openLater, readAgain } from "./pass.ts";
import type { Pass } from "./pass.ts";
import { planService } from "./plan.ts";
import type { World } from "./ports.ts";
import { ripen } from "./ripe.ts";
import type { Ripened } from "./ripe.ts";
import type { Report } from "./report.ts";
import type { Request } from "./request.ts";
import { createServiceLists } from "./service-lists.ts";
import { settle } from "./settle.ts";
import { namespaceOf } from "./subject.ts";
import type { Subject } from "./subject.ts";
import { sweepPart } from "./sweep-part.ts";
import { createTurns, inTurn, rotate } from "./turns.ts";
import type { Round } from "./turns.ts";

/**
 * How long after its list began a write may still be begun, in milliseconds. The VPC CNI keeps an IP for 30 s after its pod has
 * ended before another pod gets it (IP_COOLDOWN_PERIOD); the end may lie before the list, so that a reused address is rare then,
 * and not impossible.
 */
const MAX_LIST_AGE = 20_000;

/**
 * One pass: makes Cloud Map true to the pods, for the services in scope. It looks, decides, writes while the look is fresh, and
 * looks again for what is left. What fails for one service is reported, and the others go on.
 *
 * The registry is read before the pods: an instance seen there whose pod is missing from a list begun later is truly gone, and
 * what another pass registers meanwhile was not seen, so it cannot be removed here. No lock is needed.
 */
export async function reconcile(request: Request, world: World): Promise<Report> {
  const ledger = openLedger(request, world);
  const asked = await readClaims(request, { fresh: request.sweep }, world);
  const swept = sweepPart(asked.found, request, world.history, asked.readAt);
  const needed = neededNamespaces(asked, request, swept);
  const lists = createServiceLists(request, world);
  await lists.look(needed, ({ id }) => swept.has(id));
  const claims = bindClaims(asked, lists, world.settings);
  ledger.noteClaims(claims);
  ledger.noteSwept(swept);
  const isFullSweep = request.sweep && request.scopes.some(({ kind }) => kind === "all");
  if (isFullSweep) world.history.beginSweep();
  const cases = [...openCases(claims, request, countedIn(swept, lists))];
  const turns = createTurns(inTurn(cases, world.history, request.start), request.deadline, world);
  const pass: Pass = { claims, swept, lists, cases, turns, ledger, request, world };
  for (const namespace of needed.filter(({ id }) => lists.isComing(id))) turns.expect(openLater(namespace, pass));
  await turns.work((round) => makeRound(round, pass));
  ledger.noteClaims(pass.claims);
  ledger.noteUnseen(cases);
  await deleteEmptyServices(cases, pass.claims, ledger, request, world);
  if (isFullSweep) world.history.endSweep(new Set(cases.flatMap(({ subject }) => subject.service?.id ?? [])));
  return ledger.report();
}

/** The registry first, then the cluster; from there on every service goes its own way, and none waits for another's lists. */
async function makeRound(round: Round, pass: Pass): Promise<void> {
  const { request, world, ledger } = pass;
  const cases = (await Promise.all(round.cases.map((one) => readCase(one, pass)))).filter((one) => one !== undefined);
  const fresh = cases.some((one) => one.needsClaims);
  const claims = fresh ? await readAgain(cases, pass) : pass.claims;
  if (claims.readAt > pass.claims.readAt) pass.claims = claims;
  ledger.noteClaims(claims);
  const current = stillThere(cases, claims, pass);
  const queries = current.flatMap(({ subject }) => subject.mappings.map(({ pods }) => pods));
  const needsNodes = current.some(({ subject, instances }) => subject.mappings.length + instances.length > 0);
  const known = claims.subjects.flatMap(({ mappings }) => mappings.map(({ pods }) => pods));
  const keep = keepLabels(claims.sources, world.settings);
  const look = beginLook({ queries, known, keep, needsNodes, fresh }, request.deadline, world);
  await Promise.all([
    ...current.map((one) => serve(one, round, look, { ...pass, claims })),
    look.nodes.then(({ read }) => ledger.noteWarning("warning" in read ? read.warning : undefined)),
  ]);
}

/** The cases as these claims have them. The others come again: those whose services are not known any more once they are. */
function stillThere(cases: readonly ReadCase[], claims: Claims, pass: Pass): readonly ReadCase[] {
  const findSubject = subjectFinder(claims);
  const isListed = listedNamespaces(claims);
  const unlisted: Case[] = [];
  const current = cases.flatMap((one) => {
    const subject = findSubject(one.subject);
    const again = { ...caseOf(one), subject };
    const isSame = subject.service?.id === one.subject.service?.id;
    if (!isListed(subject)) unlisted.push(again);
    else if (isSame && (one.isRead || !isClaimed(subject))) return [{ ...one, subject }];
    // Made, made anew or claimed again meanwhile: what it holds has to be read first.
    else pass.turns.again(again);
    return [];
  });
  for (const [namespace, some] of Map.groupBy(unlisted.flatMap(onceMore), ({ subject }) => namespaceOf(subject)))
    pass.turns.expect(bindLater(namespace, pass).then(() => some));
  return current;
}

/** `isRead`: whether the registry was asked what the service holds, or holds nothing as there is none. */
type ReadCase = Case & {
  readonly instances: readonly Instance[];
  readonly isRead: boolean;
  /** When that began, in milliseconds since the epoch. */
  readonly readAt: number;
};

/** Undefined where the instances could not be read, which is the service's failure. */
async function readCase(one: Case, { ledger, request, world }: Pass): Promise<ReadCase | undefined> {
  const { namespace, service } = one.subject;
  const isRead = service !== undefined && (isClaimed(one.subject) || (request.sweep && service.instanceCount > 0));
  const readAt = world.now();
  const read = await settle(async () => {
    if (namespace !== undefined && "failure" in namespace) throw namespace.failure;
    return isRead ? world.registry.listInstances(service, request.deadline) : [];
  });
  if ("failure" in read) ledger.noteFailure(one, read.failure);
  else ledger.noteInstances(one, read.value);
  if ("failure" in read) return undefined;
  return { ...one, instances: read.value, isRead: isRead || service === undefined, readAt };
}

/** One service: seen, planned, decided, applied; and once more, where another look can bring it on. */
async function serve(one: ReadCase, round: Round, look: Look, pass: Pass): Promise<void> {
  const { claims, lists, turns, ledger, request, world } = pass;
  const served = await settle(async () => {
    const seen = await observe(one, one.instances, look, claims, world.settings);
    const plan = planService(seen);
    const decided = await decide(plan, seen, { claims, lists, look, ledger }, request, world);
    ledger.notePlan(seen, plan, decided);
    if (request.dryRun) return;
    const { ripe, wanted, ripeAt } = ripenSince(one, decided.changes, look.listedAt, pass);
    const share = shareOf(one, { ...decided, changes: ripe });
    const waits = { ...caseOf(one), wanted, cost: shareOf(one, decided).cost };
    // What is young in a later look, or beside what is ripe, is the next pass's.
    const isYoung = ripeAt !== undefined && ripe.length === 0 && one.wanted === undefined;
    if (isYoung || !round.admits(one, share.cost)) {
      turns.again(waits, isYoung ? ripeAt : undefined);
      return;
    }
    const begin = Math.min(seen.listedAt + MAX_LIST_AGE, request.deadline);
    const times = { seen: one.readAt, begin, patience: request.patience, end: request.deadline };
    const applied = await applyPlan(seen, rotate(share.now, request.start), times, world);
    ledger.noteApplied(seen, applied);
    const next = leftOver({ ...one, wanted }, { ...decided, changes: ripe }, share, applied);
    const last = next === undefined ? waitingForOthers(caseOf(one), decided) : undefined;
    if (next !== undefined) turns.again(next);
    if (last === undefined) return;
    turns.last(last);
    // What it waits for may be a list.
    turns.expect(lists.settled().then(() => []));
  });
  if ("failure" in served) ledger.noteFailure(one, served.failure);
}

/** What is wanted of a service since the last pass is as old as it was then. */
function ripenSince(
  one: ReadCase,
  changes: readonly Change[],
  now: number,
  { request, world: { history } }: Pass,
): Ripened {
  const name = serviceName(one.subject.key);
  const ripened = ripen({ wanted: one.wanted ?? history.wantedOf(name, now) }, changes, now, request.ripeAfter ?? 0);
  if (ripened.wanted !== undefined) history.noteWanted(name, ripened.wanted, now);
  return ripened;
}

function caseOf(read: ReadCase): Case {
  const { instances: _instances, isRead: _isRead, readAt: _readAt, ...one } = read;
  return one;
}

/**
 * The same service by claims read later; one that nobody claims any more, and that is not there, has none. While a namespace
 * cannot be read, a service may go by another name, so that one that is missing is not known to be unclaimed; nor is it while
 * the services of its own cannot be listed.
 */
function subjectFinder({ subjects, namespaces }: Claims): (subject: Subject) => Subject {
  const byName = new Map(subjects.map((subject) => [serviceName(subject.key), subject]));
  const [unread] = namespaces.flatMap(({ read }) => ("failure" in read ? [read.failure] : []));
  const unlisted = new Map(
    namespaces.flatMap(({ read }) =>
      "value" in read && read.value.unlisted instanceof Error ? [[read.value.namespace.id, read.value.unlisted]] : [],
    ),
  );
  return (subject) => {
    const known = byName.get(serviceName(subject.key));
    const failure = unread ?? unlisted.get(namespaceOf(subject)?.id ?? "");
    if (known !== undefined || failure === undefined)
      return known ?? { ...subject, mappings: [], problems: [], mistakes: [] };
    return { ...subject, namespace: { failure }, service: undefined };
  };
}
