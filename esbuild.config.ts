import { build } from "esbuild";
import { globSync, rmSync } from "node:fs";
import { basename } from "node:path";

/** Each Lambda on its own, with everything it needs: `dist/functions/<name>/index.mjs`. */
const entries = globSync("functions/*.ts").map((path) => ({ in: path, out: `${basename(path, ".ts")}/index` }));

rmSync("dist/functions", { recursive: true, force: true });
await build({
  entryPoints: entries,
  outdir: "dist/functions",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  minify: true,
  sourcemap: "linked",
  sourcesContent: false,
  platform: "node",
  target: "node24",
  format: "esm",
  // The SDK's CommonJS entries come first by default, which makes the bundles half as large again.
  mainFields: ["module", "main"],
  // Some of what is bundled calls `require`.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  logLevel: "warning",
});
