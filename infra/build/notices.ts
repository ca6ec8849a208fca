import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

type Manifest = { readonly name: string; readonly version: string; readonly license?: string };

/** The licences of the packages that these files are from, as they ask of whoever passes them on. */
export function noticesOf(inputs: readonly string[]): string {
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  const notices = [...folders].toSorted().map(noticeOf);
  return `This product contains code of these packages.\n\n${notices.join(`\n${"-".repeat(80)}\n\n`)}`;
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const files = globSync("{licen[cs]e,notice,LICEN[CS]E,NOTICE,Licen[cs]e}*", { cwd: folder }).toSorted();
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  return `${[`${name} ${version} (${license ?? "licence in its text"})`, ...texts].join("\n\n")}\n`;
}
