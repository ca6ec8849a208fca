import { execFileSync } from "node:child_process";
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { bundleCli, bundleConstruct, bundleFunctions } from "./bundle.ts";
import { sbomOf } from "./sbom.ts";

/** `npm run build`: everything that the package ships. */

const DECLARATIONS = "dist/declarations";
const ENTRY = "infra/cloud-map-sync.d.ts";

const [functions, cli, construct] = await Promise.all([bundleFunctions(), bundleCli(), bundleConstruct()]);
writeFileSync("dist/sbom.cdx.json", sbomOf({ functions, cli, construct }));
rmSync(DECLARATIONS, { recursive: true, force: true });
execFileSync("npx", ["tsc", "-p", "tsconfig.lib.json"], { stdio: "inherit" });
for (const path of reachableFrom(ENTRY, new Set())) {
  const text = readFileSync(join(DECLARATIONS, path), "utf8");
  // Older compilers know no `.ts` in a declaration.
  writeFileSync(join(DECLARATIONS, path), text.replaceAll(/(from "\.[^"]*)\.ts"/g, '$1.js"'));
  for (const kind of ["esm", "cjs"]) cpSync(join(DECLARATIONS, path), join("dist/construct", kind, path));
}
rmSync(DECLARATIONS, { recursive: true });

/** The declarations that this one needs, itself included; none of them may need a package that an app does not have. */
function reachableFrom(path: string, seen: Set<string>): ReadonlySet<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const text = readFileSync(join(DECLARATIONS, path), "utf8");
  for (const [, specifier = ""] of text.matchAll(/from "([^"]+)"/g)) {
    if (specifier.startsWith(".")) reachableFrom(fileOf(path, specifier), seen);
    else if (!/^(?:aws-cdk-lib|constructs)(?:\/|$)/.test(specifier))
      throw new Error(`the types of the construct need ${specifier}, which an app does not have: ${path}`);
  }
  return seen;
}

function fileOf(from: string, specifier: string): string {
  const path = join(dirname(from), specifier).replace(/\.ts$/, ".d.ts");
  const [found] = globSync(join(DECLARATIONS, path));
  return found === undefined ? path : relative(DECLARATIONS, found);
}
