import { byText, podName } from "../core/model.ts";
import type { Pod, PodKey } from "../core/model.ts";
import { nearest } from "../core/nearest.ts";
import type { Report } from "../core/report.ts";
import { balancersRead, podsRead } from "../runtime/remarks/record.ts";
import type { Reads } from "../runtime/remarks/record.ts";
import { reportTitle } from "./service-table.ts";

/** What somebody asks about: a name as it was written, and what kubectl's way of writing it says. */
export type Target = {
  readonly text: string;
  /** The same without its kind: `NAME` or `NAMESPACE/NAME`. */
  readonly name: string;
  /** Undefined: anything that is called so. `workload`: all pods that a Deployment or the like has made. */
  readonly kind: "pod" | "workload" | "Service" | "VirtualNode" | "ServiceExport" | undefined;
};

/** As kubectl takes and prints kinds, without the group after the dot. */
const KINDS: Readonly<Record<string, NonNullable<Target["kind"]>>> = {
  ...ofEach(["po", "pod", "pods"], "pod"),
  ...ofEach(["deploy", "deployment", "deployments", "rs", "replicaset", "replicasets"], "workload"),
  ...ofEach(["sts", "statefulset", "statefulsets", "ds", "daemonset", "daemonsets"], "workload"),
  ...ofEach(["svc", "service", "services"], "Service"),
  ...ofEach(["virtualnode", "virtualnodes"], "VirtualNode"),
  ...ofEach(["serviceexport", "serviceexports"], "ServiceExport"),
};

function ofEach<K>(words: readonly string[], kind: K): Readonly<Record<string, K>> {
  return Object.fromEntries(words.map((word) => [word, kind]));
}

/** `deployment.apps/web` is a workload; `shop/web` may be anything. */
export function parseTarget(text: string): Target {
  const [, word = "", name = ""] = /^([a-zA-Z]+)(?:\.[a-zA-Z0-9.]+)?\/(.+)$/.exec(text) ?? [];
  const kind = KINDS[word.toLowerCase()];
  return kind === undefined ? { text, name: text, kind } : { text, name, kind };
}

/** What the controllers of workloads add to a name: a template's hash, an own ending, or a number. */
const ENDING = /^(?:[a-z0-9]{1,10}-)?[a-z0-9]{1,10}$/;

/** Whether a pod of that name is meant. */
export function isNamed({ text, name, kind }: Target, key: PodKey): boolean {
  const whole = `${key.namespace}/${key.name}`;
  if (kind === "workload")
    return [key.name, whole].some((one) => one.startsWith(`${name}-`) && ENDING.test(one.slice(name.length + 1)));
  const names = [key.name, whole, podName(key)];
  return names.includes(text) || ((kind === "pod" || kind === key.kind) && names.includes(name));
}

export function isPodMeant(target: Target, { key, ips }: Pick<Pod, "key" | "ips">): boolean {
  return isNamed(target, key) || ips.includes(target.text);
}

/** `origin`: `mappings[0]`, or `VirtualNode shop/web`. */
export function isMappingMeant({ text, name, kind }: Target, origin: string): boolean {
  const [ofKind, whole = ""] = origin.split(" ");
  if (origin === text) return true;
  return (kind === undefined || kind === ofKind) && [whole, whole.slice(whole.indexOf("/") + 1)].includes(name);
}

/** `service` may be of Kubernetes or of Cloud Map. */
export function isServiceMeant(
  { text, name, kind }: Target,
  { namespace, service }: { readonly namespace: string; readonly service: string },
): boolean {
  const names = [service, `${namespace}/${service}`];
  return names.includes(text) || (kind === "Service" && names.includes(name));
}

const SHOWN = 3;

/** What may be meant by a name that nothing has, the nearest first: `service shop.local/web`. */
export function nearTo({ name }: Target, report: Report, reads: Reads): readonly string[] {
  const bare = name.slice(name.lastIndexOf("/") + 1);
  const known = namesOf(report, reads);
  const longer = known.filter((one) => one.name.startsWith(`${bare}-`));
  const near = nearest(
    bare,
    known.map((one) => one.name),
  );
  const found = [...known.filter((one) => one.name === near || one.name === bare), ...longer];
  return [...new Set(found.map(({ title }) => title))].slice(0, SHOWN);
}

function namesOf(report: Report, reads: Reads) {
  const claims = reads.sources.flatMap((source) =>
    source.state === "read" ? [...source.claims, ...source.broken].map(({ origin }) => origin.name) : [],
  );
  const services = reads.namespaces.flatMap(({ read }) =>
    "value" in read ? read.value.services.map(({ name }) => ({ name, in: read.value.namespace.name })) : [],
  );
  return [
    ...report.services.map((service) => ({ name: service.service, title: `service ${reportTitle(service)}` })),
    ...services.map(({ name, in: namespace }) => ({ name, title: `service ${namespace}/${name}` })),
    ...[...podsRead(reads), ...balancersRead(reads)].map(({ key }) => ({
      name: key.name,
      title: key.kind === undefined ? `pod ${podName(key)}` : podName(key),
    })),
    ...claims.map((origin) => ({ name: origin.slice(origin.lastIndexOf("/") + 1), title: origin })),
  ].toSorted((a, b) => byText(a.title, b.title));
}
