import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import type { SourceMapPayload } from "node:module";
import { basename, join } from "node:path";

const MAPS = "dist/maps/functions";

/** `npm run -s symbolicate < log`: the same text, its places in bundles followed by those in the sources. */
export function symbolicate(text: string, folder = MAPS): string {
  const maps = new Map<string, SourceMap | undefined>();
  return text.replaceAll(/([\w-]+\.mjs):(\d+):(\d+)/g, (place, file: string, line: string, column: string) => {
    if (!maps.has(file)) maps.set(file, readMap(join(folder, `${file}.map`)));
    const found = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (found === undefined || !("originalSource" in found)) return place;
    // As it was written beside the bundle.
    const source = join("dist", basename(folder), found.originalSource);
    return `${place} (${source}:${found.originalLine + 1}:${found.originalColumn + 1})`;
  });
}

function readMap(path: string): SourceMap | undefined {
  if (!existsSync(path)) return undefined;
  return new SourceMap(JSON.parse(readFileSync(path, "utf8")) as SourceMapPayload);
}

if (import.meta.main) process.stdout.write(symbolicate(readFileSync(0, "utf8")));
