import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { expect, onTestFinished, test } from "vitest";
import { DEPLOYMENTS } from "../infra/deployments.ts";

const isMissing = spawnSync("cfn-lint", ["--version"]).status !== 0;
if (isMissing) {
  const sentence = "skipped, cfn-lint is missing: pip install cfn-lint==1.58.0";
  if (process.env["CI"] === "true") throw new Error(sentence);
  console.log(sentence);
}

test.skipIf(isMissing).each(DEPLOYMENTS)("cfn-lint finds nothing: %s", (_what, create) => {
  const outdir = mkdtempSync(join(tmpdir(), "lint-"));
  onTestFinished(() => rmSync(outdir, { recursive: true }));
  const app = new App({ analyticsReporting: false, outdir });
  const { templateFile } = create(app);
  app.synth();
  // W3005: CDK names dependencies that a reference implies.
  const { stdout, stderr } = spawnSync("cfn-lint", ["--ignore-checks", "W3005", "--", join(outdir, templateFile)], {
    encoding: "utf8",
  });
  expect(stdout + stderr).toBe("");
});
