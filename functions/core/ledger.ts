import { warnOfStrayed } from "./strayed.ts";
import { warnOfDoubts } from "./warnings.ts";
import type { Case, Claims } from "./case.ts";
import { ownershipOf, isTampered } from "./instances.ts";
import { CLUSTER_KEY, OWNER_KEY, VIRTUAL_NODE_KEY } from "./attributes.ts";
import { messageOf } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { byText, podName, serviceName } from "./model.ts";
import type { ClaimProblem } from "./claim-problem.ts";
import type { Instance, Scope } from "./model.ts";
import type { Applied } from "./apply.ts";
import type { Seen } from "./observe.ts";
import type { Plan } from "./plan.ts";
import type { Outcome, World } from "./ports.ts";
import type { Request } from "./request.ts";
import { countInstances, findNamespace } from "./namespaces.ts";
import { isInScope } from "./subject.ts";
import { keyOf, isOfUnchosen } from "./change.ts";
import { reportOf } from "./make-report.ts";
import type { Result } from "./report-service.ts";
import type { OtherCluster, Report } from "./report.ts";
import type { Decided } from "./hold.ts";

/** What a pass has found and done so far; the report is made of it. */
export type Ledger = {
  /** What was read of a service, before anything is planned. */
  readonly noteInstances: (one: Case, instances: readonly Instance[]) => void;
  readonly notePlan: (seen: Seen, plan: Plan, decided: Decided) => void;
  readonly noteApplied: (seen: Seen, applied: Applied) => void;
  readonly noteFailure: (one: Case, failure: Error) => void;
  /** The time was up before some of them were looked at even once. */
  readonly noteUnseen: (cases: readonly Case[]) => void;
  readonly noteDeleted: (one: Case) => void;
  readonly noteClaims: (claims: Claims) => void;
  /** The ids of the namespaces where orphans are looked for. */
  readonly noteSwept: (namespaces: ReadonlySet<string>) => void;
  readonly noteError: (error: string) => void;
  readonly noteWarning: (warning: string | undefined) => void;
  /** Why nothing may be written: instances of this owner were read, and all of them are of other clusters. */
  readonly wrongCluster: () => string | undefined;
  readonly report: () => Report;
};

export function openLedger(request: Request, { settings, history, version, now }: World): Ledger {
  const results = new Map<string, Result>();
  const others = new Map<string, OtherCluster>();
  let unstamped = 0;
  const errors = new Set<string>();
  const warnings = new Set<string>();
  let claims: Claims | undefined;
  let swept: ReadonlySet<string> = new Set();
  let isOfHere = false;
  let hasVirtualNodes = false;

  const change = (one: Pick<Case, "subject">, more: (before: Result) => Partial<Result>) => {
    const name = serviceName(one.subject.key);
    const before = results.get(name) ?? nothingOf(one);
    results.set(name, { ...before, subject: one.subject, ...more(before) });
  };
  const countOthers = (instances: readonly Instance[]) => {
    for (const instance of instances) {
      const ownership = ownershipOf(instance, settings);
      if (ownership === "ours" || ownership === "previous") isOfHere = true;
      if (ownership === "ours" && instance.attributes[VIRTUAL_NODE_KEY] !== undefined) hasVirtualNodes = true;
      if (ownership === "unstamped") unstamped += 1;
      if (ownership !== "other-cluster" && ownership !== "previous-elsewhere") continue;
      const cluster = instance.attributes[CLUSTER_KEY];
      if (cluster === undefined) continue;
      const owner = instance.attributes[OWNER_KEY] ?? "";
      const key = `${cluster} ${owner}`;
      others.set(key, { cluster, owner, instances: (others.get(key)?.instances ?? 0) + 1 });
    }
  };

  return {
    noteInstances: (one, instances) => {
      const isFirst = !results.has(serviceName(one.subject.key));
      if (isFirst) countOthers(instances);
      for (const instance of instances)
        if (isTampered(instance, settings))
          warnings.add(
            `${serviceName(one.subject.key)}: instance ${instance.id} carries this owner's keys and no usable pod name, so it counts as somebody else's; deregister it if nobody needs it`,
          );
      change(one, () =>
        isFirst ? { before: instances.filter((it) => ownershipOf(it, settings) === "ours").length } : {},
      );
    },
    notePlan: (seen, plan, decided) => {
      for (const warning of [...plan.warnings, ...warnOfStrayed(seen), ...decided.forced]) warnings.add(warning);
      const { service } = seen.subject;
      if (service !== undefined) history.noteChosen(service.id, new Set(seen.desired.chosen.keys()));
      const proposed = new Set(plan.proposals.map((proposal) => keyOf(proposal.change)));
      change(seen, ({ first, creates, outcomes }) => ({
        first: first ?? plan,
        creates: creates ?? (service === undefined ? seen.kind : undefined),
        plan,
        decided,
        waiting: [],
        last: [],
        // What was pending and is not asked for any more has taken effect meanwhile.
        outcomes: outcomes.map((outcome) =>
          outcome.result === "pending" && !proposed.has(keyOf(outcome.change))
            ? { change: outcome.change, result: "done", at: now() }
            : outcome,
        ),
      }));
    },
    noteApplied: (seen, { outcomes, held }) => {
      noteRemovals(seen, outcomes);
      noteRefusals(seen, outcomes);
      change(seen, (before) => ({ outcomes: merge(before.outcomes, outcomes), last: outcomes, waiting: held }));
    },
    noteFailure: (one, failure) => change(one, () => ({ failure })),
    noteUnseen: (cases) => {
      for (const one of cases) {
        const known = results.get(serviceName(one.subject.key));
        if (known?.plan !== undefined || known?.failure !== undefined) continue;
        change(one, () => ({ isUnseen: true }));
      }
    },
    noteDeleted: (one) => change(one, () => ({ isDeleted: true })),
    noteClaims: (read) => {
      claims = read;
      for (const failure of read.failures) errors.add(failure);
    },
    noteSwept: (namespaces) => (swept = namespaces),
    noteError: (error) => errors.add(error),
    noteWarning: (warning) => {
      if (warning !== undefined) warnings.add(warning);
    },
    wrongCluster: whyWrongCluster,
    report: () => {
      if (unstamped > 0)
        warnings.add(
          `${unstamped} instances carry this owner's value and no cluster; those whose pods live here are stamped, the others are left alone: deregister them, or give them \`${CLUSTER_KEY}\``,
        );
      const wrong = whyWrongCluster();
      if (wrong !== undefined) errors.add(`nothing was changed: ${wrong}`);
      for (const warning of warnOfDoubts(claims?.sources ?? [], request.scopes)) warnings.add(warning);
      for (const source of claims?.sources ?? [])
        if (source.state === "failed" && source.isOptional === true)
          (hasVirtualNodes && source.mark === VIRTUAL_NODE_KEY ? errors : warnings).add(messageOf(source.error));
      const list = [...results.values()].toSorted((a, b) =>
        byText(serviceName(a.subject.key), serviceName(b.subject.key)),
      );
      for (const { subject, failure } of list) {
        const name = serviceName(subject.key);
        history.noteOutcome(name, failure !== undefined);
      }
      return reportOf({
        version,
        results: list,
        claims: problemsOf(list, claims, request),
        others: [...others.values()].toSorted((a, b) => byText(a.cluster, b.cluster) || byText(a.owner, b.owner)),
        namespaces: countInstances(claims?.namespaces ?? [], swept),
        errors: [...errors, ...unmatched(claims, request)],
        warnings: [...warnings],
        pass: { dryRun: request.dryRun, isLate: now() >= request.deadline },
      });
    },
  };

  function whyWrongCluster(): string | undefined {
    const [other] = [...others.values()].filter(({ owner }) => owner === settings.owner);
    const isKubeconfig = settings.identity.arn === undefined;
    if (!isKubeconfig || request.newCluster || isOfHere || other === undefined) return undefined;
    const found = `every instance of owner ${settings.owner} that was read comes from cluster ${other.cluster}, and this is cluster ${settings.identity.cluster}`;
    if (request.destroys === true) return `${found}; check the UID (--cluster-uid), or the context (--context)`;
    return `${found}; use --context to reach the cluster that you mean; if cluster ${other.cluster} is gone, or registered them by mistake, add it to the document: previousClusters: ["${other.cluster}"]; if both are to register, add --new-cluster`;
  }

  function noteRefusals({ subject: { service } }: Seen, outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes)
      if (outcome.result === "refused" && service !== undefined)
        history.noteRefusal(service.id, outcome.change.id, messageOf(outcome.error));
  }

  function noteRemovals({ subject: { service } }: Seen, outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      const { id, pod } = outcome.change;
      if (service === undefined || pod === undefined || outcome.result !== "done" || !isOfUnchosen(outcome.change))
        continue;
      history.noteRemoval({ service: service.id, id, pod: podName(pod), at: outcome.at });
    }
  }
}

function nothingOf({ subject }: Pick<Case, "subject">): Result {
  return { subject, before: 0, outcomes: [], last: [], waiting: [] };
}

/** What was done, failed or is pending, each instance's change once; a later look knows better. */
function merge(before: readonly Outcome[], outcomes: readonly Outcome[]): readonly Outcome[] {
  const ended = [...before, ...outcomes].filter(({ result }) => result !== "not-begun");
  return [...new Map(ended.map((outcome) => [keyOf(outcome.change), outcome])).values()];
}

function problemsOf(
  results: readonly Result[],
  claims: Claims | undefined,
  { scopes }: Request,
): readonly ClaimProblem[] {
  const isFull = scopes.some(({ kind }) => kind === "all");
  const ofServices = results.flatMap(({ subject }) => subject.problems);
  return [...(isFull ? (claims?.strays ?? []) : []), ...ofServices];
}

/** A person who names a service means one that exists; whether it does is known once every namespace is where it may be. */
function unmatched(claims: Claims | undefined, { scopes }: Request): readonly string[] {
  const unlisted = (claims?.namespaces ?? []).filter(
    ({ read }) => "value" in read && read.value.unlisted === "not-yet",
  );
  return scopes.flatMap((scope) => {
    if (scope.kind !== "service" || claims?.subjects.some((subject) => isInScope(subject, [scope])) !== false)
      return [];
    if (unlisted.length > 0 && (scope.namespace === undefined || "read" in findNamespace(scope.namespace, unlisted)))
      return [];
    const name = scope.namespace === undefined ? scope.service : `${scope.namespace}/${scope.service}`;
    return [
      `no mapping claims a service ${name}, and none of the configured namespaces holds one; ${meantBy(scope, claims)}`,
    ];
  });
}

/** What somebody may have meant who asked for a service that is not there. */
function meantBy({ service, namespace }: Extract<Scope, { readonly kind: "service" }>, { subjects }: Claims): string {
  const near = nearest(
    service,
    subjects.map(({ key }) => key.service),
  );
  const meant = subjects.find(({ key }) => key.service === near);
  if (meant === undefined) return "check its name";
  if (namespace === undefined) return `did you mean ${near}?`;
  const isKnown = subjects.some(({ key }) => key.namespace === namespace);
  return `did you mean ${serviceName(meant.key)}?${isKnown ? "" : " The namespace is one of Cloud Map, not of Kubernetes."}`;
}
