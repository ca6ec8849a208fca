import type { SourceRead } from "../../core/ports.ts";
import type { Configuration } from "../../core/settings.ts";
import { doubtsOf } from "../../core/warnings.ts";
import { failed, ok, warning } from "../check.ts";
import type { Check } from "../check.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { listing } from "./listing.ts";
import { readPaths } from "./read-paths.ts";
import type { Terminal } from "../session.ts";
import { counted } from "../text.ts";
import { withKnownMeshes } from "./unknown-meshes.ts";
import { findUnchosen } from "../../runtime/remarks/unchosen.ts";
import { podsOfWorkloads } from "./workloads.ts";

/** Manifests: what they say to the sources that the document has on, and what a person should know of them. */
export type Manifests = { readonly sources: readonly SourceRead[]; readonly checks: readonly Check[] };

/** Reads them as every source would, on or off: what an object asks of one that is off is asked in vain. */
export async function checkManifests(
  paths: readonly string[],
  configuration: Configuration,
  terminal: Terminal,
): Promise<Manifests> {
  const read = await readPaths(paths, terminal);
  const { objects, checks } = withKnownMeshes(read.objects.map(withText));
  const { composeClaims } = await import("../../runtime/compose.ts");
  const isOff = ({ source }: Pick<SourceRead, "source">) => configuration.sources[source] === false;
  const all = Object.fromEntries(Object.keys(configuration.sources).map((name) => [name, "auto" as const]));
  const everything = await composeClaims({ ...configuration, sources: all }, listing(objects));
  const sources = everything.filter((read) => !isOff(read));
  return {
    sources,
    checks: [
      ...(paths.length === 0 ? [] : [ok("manifests", whatWasRead(read.files, objects, everything))]),
      ...read.checks,
      ...checks,
      ...read.objects.flatMap(unquoted),
      ...everything.filter(isOff).flatMap(askedInVain),
      ...doubtsOf(everything).map(({ object, problem }) => warning(object, problem)),
      ...(await unchosenOf(sources, objects)),
    ],
  };
}

/** Annotations that YAML reads as something else than text: `5`, `true`. */
function unquoted({ kind, metadata: { namespace, name, annotations } }: KubernetesObject): readonly Check[] {
  const wrong = Object.entries(annotations ?? {}).filter(([, value]) => typeof value !== "string");
  return wrong.map(([key, value]) => {
    const problem = `the annotation ${key} is ${JSON.stringify(value)}, which is no text, so that the API server refuses the object; put it in quotes`;
    return failed(`${kind} ${namespace}/${name}`, problem);
  });
}

/** As it will be once these are in quotes: what else is wrong with the object shows at once. */
function withText(object: KubernetesObject): KubernetesObject {
  const { annotations } = object.metadata;
  if (annotations === undefined || annotations === null) return object;
  const texts = Object.entries(annotations).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return { ...object, metadata: { ...object.metadata, annotations: Object.fromEntries(texts) } };
}

/** `1 file, 2 objects, 1 claims a service; other kinds are not looked at` */
function whatWasRead(files: number, objects: readonly KubernetesObject[], sources: readonly SourceRead[]): string {
  const claiming = sources.filter(({ source }) => source !== "configuration").flatMap(claimants).length;
  const claims = `${claiming} ${claiming === 1 ? "claims" : "claim"} a service`;
  return `${counted(files, "file")}, ${counted(objects.length, "object")}, ${claims}; other kinds are not looked at`;
}

/** The names of the objects that claim, understood or not. */
function claimants(read: SourceRead): readonly string[] {
  return read.state === "read" ? [...new Set([...read.claims, ...read.broken].map(({ origin }) => origin.name))] : [];
}

function askedInVain(read: SourceRead): readonly Check[] {
  const [first, ...others] = claimants(read);
  if (first === undefined) return [];
  const all =
    others.length === 0 ? "nothing comes of its claim" : `nothing comes of its claim and ${others.length} more`;
  const key = `\`sources.${read.source}\``;
  return [warning(first, `${all}, because ${key} is off; set ${key} to true in the configuration`)];
}

/** Mappings that would choose no pod of these workloads, in the Kubernetes namespaces that have some here. */
async function unchosenOf(
  sources: readonly SourceRead[],
  objects: readonly KubernetesObject[],
): Promise<readonly Check[]> {
  const pods = podsOfWorkloads(objects);
  const lists = new Map([...pods].map(([key, { read }]) => [key, read]));
  const unchosen = await findUnchosen({
    reads: { sources, pods },
    listPods: () => Promise.resolve(lists),
    listNamespaces: () => Promise.resolve(undefined),
  });
  return unchosen
    .filter(({ claim }) => claim.pods.kind === undefined)
    .map(({ claim, problem }) => warning(claim.origin.name, `of the workloads in these files it ${problem}`));
}
