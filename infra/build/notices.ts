import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packagesOf } from "./bundled.ts";
import type { Bundled } from "./bundled.ts";

/** The licences of the packages that these files are from, as they ask of whoever passes them on. */
export function noticesOf(inputs: readonly string[]): string {
  const notices = packagesOf(inputs).map(noticeOf);
  return `This product contains code of these packages.\n\n${notices.join(`\n${"-".repeat(80)}\n\n`)}`;
}

function noticeOf({ folder, name, version, license }: Bundled): string {
  const files = globSync("{licen[cs]e,notice,LICEN[CS]E,NOTICE,Licen[cs]e}*", { cwd: folder }).toSorted();
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  return `${[`${name} ${version} (${license ?? "licence in its text"})`, ...texts].join("\n\n")}\n`;
}
