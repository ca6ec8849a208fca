import { createHash } from "node:crypto";
import { globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { App } from "aws-cdk-lib/core";
import { zipSync } from "fflate";
import { bundleFolder } from "./bundles.ts";
import { optionsFromArguments, TEMPLATE_OPTIONS } from "./context.ts";
import type { TemplateOptions } from "./context.ts";
import { runProgram } from "./program.ts";
import { createTemplateStack } from "./template-stack.ts";

const FOLDER = "dist/template";
const HELP = `npm run template -- OPTION=VALUE …
Writes ${FOLDER}/template.json and the zip file of the functions; what is not an option is a parameter of the template.
Options, as docs/deploy.md describes them: ${TEMPLATE_OPTIONS.join(", ")}
`;
/** Midnight of 1 January 1980, the earliest that the format can say, and -rw-r--r--: the same bundle always makes the same file. */
const ENTRY = { mtime: new Date(1980, 0, 1), os: 3, attrs: 0o100644 << 16, level: 9 } as const;

/** Writes the template, and the code of its functions beside it. What is there stays until all of the new one is made. */
runProgram(() => {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(HELP);
    return;
  }
  const options = optionsFromArguments(args);
  mkdirSync("dist", { recursive: true });
  const made = mkdtempSync("dist/template-");
  try {
    writeTemplate(made, options);
    rmSync(FOLDER, { recursive: true, force: true });
    renameSync(made, FOLDER);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  process.stdout.write(
    `${FOLDER}/template.json, and the zip file beside it for CodeBucket; docs/deploy.md says how to deploy it\n`,
  );
});

function writeTemplate(folder: string, options: TemplateOptions): void {
  const outdir = mkdtempSync(join(tmpdir(), "cdk-"));
  const app = new App({ outdir, analyticsReporting: false });
  const stack = createTemplateStack(app, pack(folder), options);
  const { template } = app.synth().getStackArtifact(stack.artifactId);
  rmSync(outdir, { recursive: true, force: true });
  // Without spaces the default stays under the 51,200 bytes that CloudFormation takes without a bucket.
  writeFileSync(join(folder, "template.json"), `${JSON.stringify(template)}\n`);
}

/** Writes the functions' zip file. Returns its name, which is made of its content so that a new one is noticed. */
function pack(folder: string): string {
  const paths = globSync(join(bundleFolder(), "*")).toSorted();
  const archive = zipSync(Object.fromEntries(paths.map((path) => [basename(path), [readFileSync(path), ENTRY]])));
  const file = `functions-${createHash("sha256").update(archive).digest("hex").slice(0, 16)}.zip`;
  writeFileSync(join(folder, file), archive);
  return file;
}
