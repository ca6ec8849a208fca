import { build } from "esbuild";
import type { BuildOptions, OutputFile } from "esbuild";
import { globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { commitOf } from "./commit.ts";
import { noticesOf } from "./notices.ts";

/** Maps stay out of what is deployed: reading one costs a function 100 MB. `npm run symbolicate` uses them. */
const MAPS = "dist/maps";

const BUILD = { BUILD_COMMIT: JSON.stringify(commitOf(import.meta.dirname)) };

const SHARED = {
  bundle: true,
  minify: true,
  metafile: true,
  sourcemap: "external",
  sourcesContent: false,
  platform: "node",
  // The SDK's CommonJS entries come first by default, which makes the bundles half as large again.
  mainFields: ["module", "main"],
  logLevel: "warning",
  define: BUILD,
} as const satisfies BuildOptions;

/** Some of what is bundled calls `require`. */
const REQUIRE = {
  js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
};

/** Files that share what they have in common, and load what they need late when they need it. */
const SPLIT = {
  ...SHARED,
  splitting: true,
  chunkNames: "chunk-[hash]",
  format: "esm",
  banner: REQUIRE,
} as const satisfies BuildOptions;

/** What an app has anyway. */
const EXTERNAL = ["aws-cdk-lib", "constructs"];

/** All Lambdas in one folder, a file each. This and the others return the files that they were made of. */
export async function bundleFunctions(): Promise<readonly string[]> {
  return bundle("dist/functions", {
    ...SPLIT,
    entryPoints: globSync("functions/*.ts").map((path) => ({ in: path, out: basename(path, ".ts") })),
    outExtension: { ".js": ".mjs" },
    target: "node24",
  });
}

/** The command line. */
export async function bundleCli(): Promise<readonly string[]> {
  return bundle("dist/cli", { ...SPLIT, entryPoints: ["functions/cli/main.ts"], target: "node22" });
}

/**
 * The construct: one file for `import` and `require`, so that both have the same class. It is not minified, since Node shows the
 * line that throws where an app has a mistake.
 */
export async function bundleConstruct(): Promise<readonly string[]> {
  const inputs = await bundle("dist/construct/cjs", {
    ...SHARED,
    minify: false,
    entryPoints: { index: "infra/cloud-map-sync.ts" },
    external: EXTERNAL,
    format: "cjs",
    define: { ...BUILD, "import.meta.dirname": "__dirname" },
    target: "node22",
  });
  writeFileSync("dist/construct/cjs/package.json", '{ "type": "commonjs" }\n');
  rmSync("dist/construct/esm", { recursive: true, force: true });
  mkdirSync("dist/construct/esm");
  writeFileSync("dist/construct/esm/index.js", 'export * from "../cjs/index.js";\n');
  return inputs;
}

async function bundle(outdir: string, options: BuildOptions & { readonly metafile: true }): Promise<readonly string[]> {
  const { outputFiles, metafile } = await build({ ...options, outdir, write: false });
  const maps = join(MAPS, relative("dist", outdir));
  for (const folder of [outdir, maps]) rmSync(folder, { recursive: true, force: true });
  for (const file of outputFiles) writeOutput(file, file.path.endsWith(".map") ? maps : outdir, outdir);
  const inputs = Object.keys(metafile.inputs);
  writeFileSync(join(outdir, "THIRD-PARTY-NOTICES.txt"), noticesOf(inputs));
  return inputs;
}

function writeOutput({ path, contents }: OutputFile, folder: string, outdir: string): void {
  const target = join(folder, relative(outdir, path));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, contents);
}

if (import.meta.main) await bundleFunctions();
