import { createHash } from "node:crypto";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { App } from "aws-cdk-lib";
import type { FunctionName } from "./permissions.ts";
import { createTemplateStack } from "./template-stack.ts";
import { zip } from "./zip.ts";

/** Writes `dist/template`: the template, and a zip file for each function, named by its content so that a new one is noticed. */
const FOLDER = "dist/template";

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const files = new Map(globSync("dist/functions/*/index.mjs").map(pack));
const outdir = mkdtempSync(join(tmpdir(), "cdk-"));
const app = new App({ outdir, analyticsReporting: false, context: { "aws:cdk:disable-asset-staging": true } });
const stack = createTemplateStack(app, fileOf);
const { template } = app.synth().getStackArtifact(stack.artifactId);
rmSync(outdir, { recursive: true, force: true });
// Without spaces it stays under the 51,200 bytes that CloudFormation takes without a bucket.
writeFileSync(join(FOLDER, "template.json"), `${JSON.stringify(template)}\n`);
process.stdout.write(
  `${FOLDER}/template.json, and the zip files beside it for CodeBucket; docs/operations.md tells how\n`,
);

function fileOf(name: FunctionName): string {
  const file = files.get(name);
  if (file === undefined) throw new Error(`the bundle of ${name} is missing; run \`npm run build\``);
  return file;
}

function pack(bundle: string): [string, string] {
  const folder = dirname(bundle);
  const name = basename(folder);
  const archive = zip(
    globSync(`${folder}/index.*`).map((path) => ({ name: basename(path), data: readFileSync(path) })),
  );
  const file = `${name}-${createHash("sha256").update(archive).digest("hex").slice(0, 16)}.zip`;
  writeFileSync(join(FOLDER, file), archive);
  return [name, file];
}
