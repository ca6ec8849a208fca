import { CLUSTER_KEY, IPV4_KEY, KUBE_SERVICE_KEY, OWNER_KEY, POD_KEY, POD_NAMESPACE_KEY } from "../core/attributes.ts";
import type { Differences } from "../core/differences.ts";
import type { ReportedChange, ReportedHeld, ServiceReport } from "../core/report.ts";
import { printable } from "./text.ts";
import type { Paint } from "./text.ts";

export type Verb = "plan" | "apply";

/** What a change is to a reader, in the order in which a pass makes them. */
export type Kind = "create" | "update" | "remove";

export const KINDS: readonly Kind[] = ["create", "update", "remove"];

/** Changes of one kind that a service's story tells; the rest is counted. JSON has them all. */
const CHANGES_SHOWN = 25;

/** Said by the line itself, or by what stands above the plan. */
const SAID = new Set([IPV4_KEY, KUBE_SERVICE_KEY, POD_KEY, POD_NAMESPACE_KEY, OWNER_KEY, CLUSTER_KEY]);

export const SIGNS = {
  create: { sign: "+", style: "green" },
  update: { sign: "~", style: "yellow" },
  remove: { sign: "-", style: "red" },
} as const;

export function kindOf({ kind, reason }: Pick<ReportedChange, "kind" | "reason">): Kind {
  if (kind === "deregister") return "remove";
  return kind === "register" && reason === "missing" ? "create" : "update";
}

/** What is held, as what it would be if it were made; undefined of a claim. */
export function kindOfHeld({ kind, why }: Pick<ReportedHeld, "kind" | "why">): Kind | undefined {
  if (kind === "claim") return undefined;
  if (kind === "deregister") return "remove";
  return kind === "set-health" || why === "drifted" || why === "adopted" ? "update" : "create";
}

/** How many instances a service's changes of this kind are of; where they were applied, those that failed do not count. */
export function countChanges({ changes }: Pick<ServiceReport, "changes">, wanted: Kind, verb: Verb = "plan"): number {
  return changes.filter((change) => kindOf(change) === wanted && (verb === "plan" || change.error === undefined))
    .length;
}

/** One where the service itself is created, or deleted. */
export function countServices({ creates, deleted }: Pick<ServiceReport, "creates" | "deleted">, wanted: Kind): 0 | 1 {
  return (wanted === "create" && creates !== undefined) || (wanted === "remove" && deleted === true) ? 1 : 0;
}

/** A line a change, as they follow one another: registrations and updates, then removals. */
export function renderChanges(
  { changes, creates }: Pick<ServiceReport, "changes" | "creates">,
  verb: Verb,
  paint: Paint,
): readonly string[] {
  return [
    ...(creates === undefined ? [] : [`  ${paint("green", "+")} ${creationText(creates, verb)}`]),
    ...KINDS.flatMap((kind) => {
      const group = changes.filter((change) => kindOf(change) === kind);
      return kindLines(group, kind, verb, paint);
    }),
  ];
}

/** `create this service: A records, TTL 60 s, no health check` */
export function creationText(kind: NonNullable<ServiceReport["creates"]>, verb: Verb): string {
  const health = { custom: "custom health", route53: "a Route 53 health check", none: "no health check" };
  const weighted = kind.isWeighted === true ? "weighted " : "";
  const records = kind.records.length === 0 ? "no DNS records" : `${weighted}${kind.records.join(" and ")} records`;
  const ttl = kind.records.length === 0 || kind.ttl === undefined ? "" : `, TTL ${kind.ttl} s`;
  return `${verb === "plan" ? "create" : "created"} this service: ${records}${ttl}, ${health[kind.health]}`;
}

function kindLines(group: readonly ReportedChange[], kind: Kind, verb: Verb, paint: Paint): readonly string[] {
  const failed = group.filter(({ error }) => error !== undefined);
  const others = group.filter(({ error }) => error === undefined);
  const shown = [...others.slice(0, CHANGES_SHOWN), ...failed.slice(0, CHANGES_SHOWN)];
  const common = kind === "create" ? commonAttributes(group) : {};
  const left = group.length - shown.length;
  return [
    ...shown.flatMap((change) => changeLines(change, common, verb, paint)),
    ...(left === 0 ? [] : [`  … and ${left} more to ${kind} (--output json has all)`]),
    ...commonLine(common, group.length),
  ];
}

function changeLines(
  change: ReportedChange,
  common: Readonly<Record<string, string>>,
  verb: Verb,
  paint: Paint,
): readonly string[] {
  const kind = kindOf(change);
  const { sign, style } = SIGNS[kind];
  const failed = change.error === undefined ? "" : ` ${paint("red", "failed:")} ${printable(change.error)}`;
  return [
    `  ${paint(style, sign)} ${printable(changeText(change, verb))}${failed}`,
    ...(kind === "create" ? ownAttributes(change, common) : differences(change.attributes)),
  ];
}

/** `register 10.0.3.9 (shop/web-1): its pod is ready` */
export function changeText(change: ReportedChange, verb: Verb): string {
  const { coming, done } = WORDS[kindOf(change)];
  const word = verb === "apply" && change.error === undefined ? done : coming;
  const holder = holderIn(change);
  const pod = holder === undefined ? "" : ` (${holder})`;
  return `${word} ${change.id}${pod}: ${reasonOf(change)}`;
}

const WORDS = {
  create: { coming: "register", done: "registered" },
  update: { coming: "update", done: "updated" },
  remove: { coming: "remove", done: "removed" },
} as const;

/** What all new instances have alike. */
function commonAttributes(changes: readonly ReportedChange[]): Readonly<Record<string, string>> {
  const [first, ...others] = changes.map(newAttributes);
  return Object.fromEntries(
    Object.entries(first ?? {}).filter(([key, value]) => others.every((attributes) => attributes[key] === value)),
  );
}

function newAttributes({ attributes = {} }: ReportedChange): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([key, { to }]) => (to === null || SAID.has(key) ? [] : [[key, to]])),
  );
}

function commonLine(common: Readonly<Record<string, string>>, count: number): readonly string[] {
  if (Object.keys(common).length === 0) return [];
  return [`      ${count === 1 ? "with" : "each with"} ${listAttributes(common)}`];
}

function ownAttributes(change: ReportedChange, common: Readonly<Record<string, string>>): readonly string[] {
  const own = Object.entries(newAttributes(change)).filter(([key]) => !Object.hasOwn(common, key));
  return own.length === 0 ? [] : [`      ${listAttributes(Object.fromEntries(own))}`];
}

function listAttributes(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([key, value]) => printable(`${key}=${value}`))
    .join(", ");
}

/** `team: "a" → "b"` */
function differences(attributes: Differences | undefined): readonly string[] {
  return Object.entries(attributes ?? {}).map(
    ([key, { from, to }]) => `      ${printable(`${key}: ${quoted(from)} → ${quoted(to)}`)}`,
  );
}

function quoted(value: string | null): string {
  return value === null ? "(none)" : JSON.stringify(value);
}

function reasonOf({ kind, reason, keys, attributes, kubernetesService }: ReportedChange): string {
  // What each becomes stands below.
  const differing = keys === undefined || attributes !== undefined ? "" : ` (${keys.join(", ")})`;
  switch (reason) {
    case "missing":
    case "pod-gone":
    case "load-balancer-gone":
    case "unselected":
    case "unmapped":
    case "destroyed":
    case "service-gone":
    case "replaced":
      return whyOf(reason, kubernetesService !== undefined);
    case "drifted":
    case "adopted":
      return `${whyOf(reason, false)}${differing}`;
    case "pod-not-ready":
      return kind === "set-health" ? "marked unhealthy, its pod is not ready" : whyOf(reason, false);
    case "ready":
      return "marked healthy, its pod is ready";
    default:
      return reason satisfies never;
  }
}

/** Whom a report names, as `namespace/name` of a pod or `Service namespace/name`. */
export function holderIn({
  pod,
  kubernetesService,
}: Pick<ReportedChange, "pod" | "kubernetesService">): string | undefined {
  return pod ?? (kubernetesService === undefined ? undefined : `Service ${kubernetesService}`);
}

/** Why `count` changes are made, or held; `isOfService`: of the instances of load balancers. */
export function whyOf(reason: ReportedChange["reason"], isOfService: boolean, count = 1): string {
  const [one, many] = (isOfService ? WHY_OF_SERVICE[reason] : undefined) ?? WHY[reason];
  return count === 1 ? one : many;
}

type Why = readonly [one: string, many: string];

const WHY_OF_SERVICE: Readonly<Partial<Record<ReportedChange["reason"], Why>>> = {
  missing: ["its load balancer is there", "their load balancers are there"],
  unselected: ["its Service lives on, but no longer claims it", "their Services live on, but no longer claim them"],
  unmapped: [
    "its Service lives on, but nothing names this service any more",
    "their Services live on, but nothing names this service any more",
  ],
};

const WHY: Readonly<Record<ReportedChange["reason"], Why>> = {
  missing: ["its pod is ready", "their pods are ready"],
  drifted: ["its attributes differ", "their attributes differ"],
  adopted: ["it is taken over", "they are taken over"],
  "pod-gone": ["its pod is gone", "their pods are gone"],
  "load-balancer-gone": [
    "its Service, or this name of its load balancer, is gone",
    "their Services, or these names of their load balancers, are gone",
  ],
  "pod-not-ready": ["its pod is not ready", "their pods are not ready"],
  unselected: ["its pod still runs, but no mapping chooses it", "their pods still run, but no mapping chooses them"],
  "service-gone": ["the Service of its export is gone", "the Services of their exports are gone"],
  unmapped: [
    "its pod still runs, but no mapping names this service any more",
    "their pods still run, but no mapping names this service any more",
  ],
  destroyed: ["destroy takes all of this owner", "destroy takes all of this owner"],
  replaced: ["its pod is registered under another id", "their pods are registered under other ids"],
  ready: ["its pod is ready again", "their pods are ready again"],
};
