import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packagesOf } from "./bundled.ts";
import type { Bundled } from "./bundled.ts";

/** The licences of the packages that these files are from, as they ask of whoever passes them on; the same text once. */
export function noticesOf(inputs: readonly string[]): string {
  const byText = Map.groupBy(packagesOf(inputs), textOf);
  const notices = [...byText].map(([text, packages]) => `${packages.map(headingOf).join("\n")}\n\n${text}\n`);
  return `This product contains code of these packages.\n\n${notices.join(`\n${"-".repeat(80)}\n\n`)}`;
}

function headingOf({ name, version, license }: Bundled): string {
  return `${name} ${version} (${license ?? "licence in its text"})`;
}

function textOf({ folder }: Bundled): string {
  const files = globSync("{licen[cs]e,notice,LICEN[CS]E,NOTICE,Licen[cs]e}*", { cwd: folder }).toSorted();
  return files.map((file) => readFileSync(join(folder, file), "utf8").trim()).join("\n\n");
}
