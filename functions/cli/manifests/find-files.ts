import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileProblem } from "../../core/errors.ts";
import { byText } from "../../core/model.ts";
import { failed, warning } from "../check.ts";
import type { Check } from "../check.ts";
import { renderIt } from "./template.ts";

/** What a folder holds, as far as it was looked through. */
export type Folder = {
  readonly files: readonly string[];
  /** What in it is no manifest by its name, or was not entered. */
  readonly leftOut: readonly string[];
  readonly checks: readonly Check[];
};

/** So many files and folders are looked at below one that was named. */
export const MOST_ENTRIES = 20_000;
const MANIFEST = /\.(?:ya?ml|json)$/i;

/** Whether a path is a folder's; a path that cannot be looked at is a file's, which says why when it is read. */
export async function isFolder(path: string): Promise<boolean> {
  return (
    path !== "-" &&
    (await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    ))
  );
}

/** All files that may be manifests in a folder and in those below it, by name. Hidden ones, links to folders, and charts are not entered. */
export async function findFiles(root: string): Promise<Folder> {
  const found = { files: [] as string[], leftOut: [] as string[], checks: [] as Check[] };
  let seen = 0;
  const look = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      found.checks.push(failed(folder, `cannot be read: ${fileProblem(error)}; make it readable, or leave it out`));
      return [];
    });
    if (entries.some(({ name }) => name === "Chart.yaml")) {
      found.checks.push(warning(folder, `is a Helm chart, and was left out; ${renderIt(folder)}`));
      return;
    }
    for (const entry of entries.toSorted((a, b) => byText(a.name, b.name))) {
      if (++seen > MOST_ENTRIES) return;
      const path = join(folder, entry.name);
      const isHidden = entry.name.startsWith(".") || entry.name === "node_modules";
      if (entry.isDirectory() && !isHidden) await look(path);
      else if (isHidden || !MANIFEST.test(entry.name) || (entry.isSymbolicLink() && (await isFolder(path))))
        found.leftOut.push(path);
      else found.files.push(path);
    }
  };
  await look(root);
  if (seen > MOST_ENTRIES)
    found.checks.push(
      failed(
        root,
        `holds more than ${MOST_ENTRIES} files and folders, of which the first were looked at; name the folders that hold manifests`,
      ),
    );
  return found;
}
