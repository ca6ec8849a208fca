import { bounded } from "../../core/bounded.ts";
import { failed, ok, warning } from "../check.ts";
import type { Check } from "../check.ts";
import type { Terminal } from "../session.ts";
import { listSome } from "../text.ts";
import { findFiles, isFolder } from "./find-files.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { readManifests } from "./read-manifests.ts";
import type { ManifestFile } from "./read-manifests.ts";

/** What was found below the paths that were named. */
export type PathsRead = {
  /** How many were read. */
  readonly files: number;
  readonly objects: readonly KubernetesObject[];
  readonly checks: readonly Check[];
};

/** So many problems of a file are told, and so many names of what a folder's reading left out. */
const TOLD = 20;
const NAMED = 5;
/** Of a problem. */
const LONGEST = 600;

/** Reads files, folders with all below them, and standard input (`-`), in the order in which they are named. */
export async function readPaths(paths: readonly string[], terminal: Pick<Terminal, "input">): Promise<PathsRead> {
  const all: PathsRead[] = [];
  for (const path of paths) all.push(await ((await isFolder(path)) ? readFolder : readFile)(path, terminal));
  return {
    files: all.reduce((sum, { files }) => sum + files, 0),
    objects: all.flatMap(({ objects }) => objects),
    checks: all.flatMap(({ checks }) => checks),
  };
}

/** Of a file that was named everything is meant. */
async function readFile(path: string, terminal: Pick<Terminal, "input">): Promise<PathsRead> {
  const read = await readManifests(path, terminal);
  const { file, objects, problems, others } = read;
  const checks = tell(file, [...problems, ...others]);
  if (objects.length + checks.length > 0) return { files: 1, objects, checks };
  return { files: 1, objects, checks: [warning(file, "holds no Kubernetes object; check the file, or leave it out")] };
}

/** In a folder a file without any object is there for something else. */
async function readFolder(path: string, terminal: Pick<Terminal, "input">): Promise<PathsRead> {
  const folder = await findFiles(path);
  const manifests: ManifestFile[] = [];
  const leftOut = [...folder.leftOut];
  for (const file of folder.files) {
    const read = await readManifests(file, terminal);
    if (read.objects.length + read.problems.length === 0) leftOut.push(file);
    else manifests.push(read);
  }
  const nothing = warning(path, "holds no file (*.yaml, *.yml, *.json) with a Kubernetes object; name another folder");
  return {
    files: manifests.length,
    objects: manifests.flatMap(({ objects }) => objects),
    checks: [
      ...(manifests.length + folder.checks.length === 0 ? [nothing] : []),
      ...folder.checks,
      ...manifests.flatMap(({ file, problems, others }) => tell(file, [...problems, ...others])),
      ...(leftOut.length === 0
        ? []
        : [ok(path, `left out, as no manifests by name or content: ${listSome(leftOut.toSorted(), NAMED)}`)]),
    ],
  };
}

function tell(file: string, problems: readonly string[]): readonly Check[] {
  const told = problems.slice(0, TOLD).map((problem) => failed(file, bounded(problem, LONGEST)));
  const more = problems.length - told.length;
  return more === 0 ? told : [...told, failed(file, `and ${more} more mistakes; correct these first`)];
}
