import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A package of which a bundle has some files. */
export type Bundled = {
  /** From the repository's root: `node_modules/zod`. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** As SPDX writes it, where the package says. */
  readonly license?: string;
};

/** The packages that these files are from, each once, in the order of their folders. */
export function packagesOf(inputs: readonly string[]): readonly Bundled[] {
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  return [...folders].toSorted().map((folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Omit<Bundled, "folder">;
    const { name, version, license } = manifest;
    return { folder, name, version, ...(license === undefined ? {} : { license }) };
  });
}
