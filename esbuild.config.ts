import { build } from "esbuild";
import type { BuildOptions, OutputFile } from "esbuild";
import { globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

/** Maps stay out of what is deployed: reading one costs a function 100 MB. `npm run symbolicate` uses them. */
const MAPS = "dist/maps";

const SHARED = {
  bundle: true,
  minify: true,
  write: false,
  sourcemap: "external",
  sourcesContent: false,
  platform: "node",
  // The SDK's CommonJS entries come first by default, which makes the bundles half as large again.
  mainFields: ["module", "main"],
  logLevel: "warning",
} as const satisfies BuildOptions;

/** One folder for all Lambdas, a file each, and what they share loaded when it is needed. */
await bundle("dist/functions", {
  entryPoints: globSync("functions/*.ts").map((path) => ({ in: path, out: basename(path, ".ts") })),
  outExtension: { ".js": ".mjs" },
  splitting: true,
  chunkNames: "chunk-[hash]",
  target: "node24",
  format: "esm",
  // Some of what is bundled calls `require`.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});

async function bundle(outdir: string, options: BuildOptions): Promise<void> {
  const { outputFiles } = await build({ ...SHARED, ...options, outdir, write: false });
  const maps = join(MAPS, basename(outdir));
  for (const folder of [outdir, maps]) rmSync(folder, { recursive: true, force: true });
  for (const file of outputFiles) writeOutput(file, file.path.endsWith(".map") ? maps : outdir, outdir);
}

function writeOutput({ path, contents }: OutputFile, folder: string, outdir: string): void {
  const target = join(folder, relative(outdir, path));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, contents);
}
