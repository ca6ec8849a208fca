import { stringify } from "yaml";
import { VIRTUAL_NODE_KEY } from "../core/attributes.ts";
import { messageOf } from "../core/errors.ts";
import { byText, OPERATORS } from "../core/model.ts";
import type { CloudMapNamespace } from "../core/model.ts";
import type { SourceRead } from "../core/ports.ts";

/** What is there for a first document. */
export type Survey = {
  readonly cluster: string;
  readonly sources: readonly SourceRead[];
  /** This account's own, in this region. */
  readonly namespaces: readonly CloudMapNamespace[];
  /** Whether external-dns has services here. */
  readonly externalDns: boolean;
};

/** A first configuration, YAML, that changes nothing yet. Empty where there is no Cloud Map namespace that it could write. */
export function renderFirst({ cluster, sources, namespaces, externalDns }: Survey): string {
  const named = namesOf(sources);
  const wanted = namespaces.filter(({ name, id, arn }) => [name, id, arn].some((one) => named.has(one)));
  const chosen = wanted.length > 0 ? wanted : namespaces;
  if (chosen.length === 0) return "";
  const isSourced = sources.some((read) => countOf(read) > 0);
  return [
    "# A first configuration of eks-cloudmap-sync, made from what is there. It changes nothing until `policy` is taken away.",
    `cluster: ${scalar(cluster)}`,
    "namespaces: # no other is ever written",
    ...chosen
      .toSorted((a, b) => byText(a.name, b.name))
      .map((one) => `  - ${scalar(writtenAs(one, chosen))} # ${one.type}`),
    "policy: dry-run",
    "sources:",
    ...sources.filter(({ source }) => source !== OPERATORS.source).map(sourceLine),
    ...(isSourced ? [] : EXAMPLE),
    ...adoptLines(
      sources.some((read) => read.mark === VIRTUAL_NODE_KEY && countOf(read) > 0),
      externalDns,
    ),
    "",
  ].join("\n");
}

/** Whose instances may be taken over. */
function adoptLines(appMesh: boolean, externalDns: boolean): readonly string[] {
  const from = [
    ...(appMesh ? [{ key: "appMesh: live", doc: "App Mesh: docs/migrate-from-app-mesh.md" }] : []),
    ...(externalDns ? [{ key: "externalDns: live", doc: "external-dns: docs/migrate-from-external-dns.md" }] : []),
  ];
  if (from.length === 0) return [];
  const docs = from.map(({ doc }) => doc).join(", from ");
  return [`# adopt: { ${from.map(({ key }) => key).join(", ")} } # moving from ${docs}`];
}

const EXAMPLE = [
  "# Nothing in the cluster claims a service. Annotate a Service with eks-cloudmap-sync/service, or write mappings:",
  "# mappings:",
  "#   - service: web",
  "#     pods: { namespace: shop, selector: app=web }",
  "#     port: 8080",
];

/** The Cloud Map namespaces that claims name. */
function namesOf(sources: readonly SourceRead[]): ReadonlySet<string | undefined> {
  const claims = sources.flatMap((read) => (read.state === "read" ? [...read.claims, ...read.broken] : []));
  return new Set(claims.map(({ namespace }) => namespace));
}

function sourceLine(read: SourceRead): string {
  const { source: name } = read;
  if (read.state === "failed") return `  ${name}: false # ${firstLine(messageOf(read.error))}`;
  const count = countOf(read);
  return count === 0 ? `  ${name}: false # none found` : `  ${name}: true # ${count} found`;
}

/** Objects that claim, understood or not. */
function countOf(read: SourceRead): number {
  if (read.state !== "read" || read.source === OPERATORS.source) return 0;
  return new Set([...read.claims, ...read.broken].map(({ origin }) => origin.name)).size;
}

/** By its name, unless another has the same. */
function writtenAs({ name, id }: CloudMapNamespace, all: readonly CloudMapNamespace[]): string {
  return all.filter((one) => one.name === name).length === 1 ? name : id;
}

function scalar(text: string): string {
  return stringify(text).trim();
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").slice(0, 200);
}
