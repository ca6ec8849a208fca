import { viewBalancers } from "../../functions/core/balancers.ts";
import type { Selection } from "../../functions/core/claims.ts";
import { deriveDesired } from "../../functions/core/desired.ts";
import { createHistory } from "../../functions/core/history.ts";
import { hold } from "../../functions/core/hold.ts";
import type { Decided } from "../../functions/core/hold.ts";
import { byText } from "../../functions/core/model.ts";
import type { ClaimProblem } from "../../functions/core/claim-problem.ts";
import type { Instance, Mapping, Pod, ServiceKind } from "../../functions/core/model.ts";
import { viewNodes } from "../../functions/core/nodes.ts";
import type { Seen } from "../../functions/core/observe.ts";
import { planService } from "../../functions/core/plan.ts";
import type { Plan } from "../../functions/core/plan.ts";
import type { NodesRead, SourceRead } from "../../functions/core/ports.ts";
import type { Facts } from "../../functions/core/rule.ts";
import type { Settings } from "../../functions/core/settings.ts";
import { createSightings, sightNamespace } from "../../functions/core/sightings.ts";
import type { Subject } from "../../functions/core/subject.ts";
import { mapping, NO_NODES, service, settings, subject } from "./builders.ts";

type Scene = {
  readonly pods?: readonly Pod[];
  readonly others?: readonly Pod[];
  readonly mappings?: readonly Mapping[];
  readonly selections?: readonly Selection[];
  readonly instances?: readonly Instance[];
  readonly kind?: Partial<ServiceKind>;
  readonly nodes?: NodesRead;
  readonly sources?: readonly SourceRead[];
  readonly problems?: readonly ClaimProblem[];
  readonly subject?: Partial<Subject>;
  readonly settings?: Partial<Settings>;
};

/** One service as a look shows it, with pods that mappings choose, and `others` that live on unchosen. */
export function seen(wanted: Scene = {}): Seen {
  const { pods = [], others = [], mappings = [mapping()], instances = [], problems = [], sources = [] } = wanted;
  const { selections = mappings.map((one) => ({ mapping: one, pods })), nodes: read = NO_NODES } = wanted;
  const kind: ServiceKind = { records: ["A"], health: "none", ...wanted.kind };
  const all = settings(wanted.settings);
  const view = viewNodes(read);
  const desired = deriveDesired(kind, selections, view, all);
  const byNamespace = Map.groupBy([...selections.flatMap((one) => one.pods), ...others], ({ key }) => key.namespace);
  const listed = new Map(
    [["shop", []], ...byNamespace].map(([name, there]): [string, readonly Pod[]] => [
      String(name),
      there as readonly Pod[],
    ]),
  );
  const parts = [...listed].map(
    ([name, there]) =>
      [name, [sightNamespace([{ query: { namespace: name, labelSelector: "" }, pods: there }], view)]] as const,
  );
  return {
    subject: subject({ mappings, problems, service: service(kind), ...wanted.subject }),
    kind,
    instances,
    byId: new Map(instances.map((one) => [one.id, one])),
    desired,
    sightings: createSightings(new Map(parts), viewBalancers(sources)),
    settings: all,
    sources,
    nodes: view,
    hasUncertainPods: [...desired.chosen.values()].some((one) => view.isUncertain(one)),
    listedAt: 0,
  };
}

/** What the planner and the rules make of it. */
export function plan(wanted: Scene = {}, facts: Partial<Facts> = {}): Plan & Decided {
  const one = seen(wanted);
  const planned = planService(one);
  return { ...planned, ...hold(planned, { ...factsAbout(one), ...facts }) };
}

function factsAbout(one: Seen): Facts {
  return {
    seen: one,
    force: false,
    dryRun: false,
    wrongCluster: undefined,
    isClusterEmpty: false,
    takeOvers: new Map(),
    strays: [],
    history: createHistory(),
    now: 0,
  };
}

/** Changes and holds as lines, each sorted by id: `register 10.0.0.1 missing`, `register 10.0.0.2 held: foreign`. */
export function lines({ changes, held }: Pick<Decided, "changes" | "held">): readonly string[] {
  return [
    ...changes.toSorted((a, b) => byText(a.id, b.id)).map(({ kind, id, reason }) => `${kind} ${id} ${reason}`),
    ...held.map(({ kind, id, reason }) => `${kind} ${id} held: ${reason}`),
  ];
}
