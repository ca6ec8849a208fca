import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack, Validations } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CloudMapSync } from "../../infra/cloud-map-sync.ts";
import type { CloudMapSyncProps } from "../../infra/props.ts";
import { createTemplateStack } from "../../infra/template-stack.ts";
import { ACCOUNT, NARROW, REGION } from "./stack.ts";

const WIDE: CloudMapSyncProps = { cluster: "prod", configuration: { namespaces: ["shop.local"] } };
const ALL: CloudMapSyncProps = { ...NARROW, watch: true, auditLog: true, access: "rbac" };
const code = () => Code.fromInline("exports.handler = () => {};");

const stacks: readonly (readonly [what: string, create: (app: App) => Stack])[] = [
  ["the least", (app) => withConstruct(app, WIDE)],
  ["everything", (app) => withConstruct(app, ALL)],
  ["the template", (app) => createTemplateStack(app, (name) => `${name}.zip`)],
];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rules-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(stacks)("cdk-nag's AwsSolutions and Serverless packs find nothing: %s", (_what, create) => {
  const app = new App({ analyticsReporting: false, outdir: join(folder, "nag") });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  create(app);
  expect(() => app.synth()).not.toThrow();
});

test("cdk-nag does find something where a rule is broken", () => {
  const app = new App({ analyticsReporting: false, outdir: join(folder, "broken") });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const { queue } = new CloudMapSync(new Stack(app, "Test"), "Sync", { ...WIDE, code });
  queue.node.tryRemoveChild("Policy");
  expect(() => app.synth()).toThrow("AwsSolutions-SQS4");
});

const hasCfnLint = spawnSync("cfn-lint", ["--version"]).status === 0;
test.runIf(hasCfnLint).each(stacks)("cfn-lint finds nothing: %s", (_what, create) => {
  const outdir = join(folder, "lint");
  const app = new App({ analyticsReporting: false, outdir });
  const { templateFile } = create(app);
  app.synth();
  // W3005: CDK names dependencies that a reference implies.
  const found = spawnSync("cfn-lint", ["--ignore-checks", "W3005", "--", join(outdir, templateFile)], {
    encoding: "utf8",
  });
  expect(found.stdout + found.stderr).toBe("");
});

test("the template asks for nothing of CDK", () => {
  const app = new App({ analyticsReporting: false, outdir: join(folder, "template") });
  const stack = createTemplateStack(app, (name) => `${name}-1.zip`);
  const template = app.synth().getStackArtifact(stack.artifactId).template as {
    readonly Parameters: object;
    readonly Rules?: object;
  };
  expect(Object.keys(template.Parameters)).toEqual([
    "ClusterName",
    "Configuration",
    "CodeBucket",
    "CodePrefix",
    "AlarmTopicArn",
  ]);
  expect(template.Rules).toBeUndefined();
  expect(JSON.stringify(template)).not.toContain("cdk-hnb659fds");
  expect(JSON.stringify(template)).toContain("scheduled-reconcile-1.zip");
});

test("the app needs a cluster and a namespace, and says so", () => {
  const app = join(import.meta.dirname, "../../infra/app.ts");
  const run = (context: object) =>
    spawnSync(process.execPath, [app], {
      encoding: "utf8",
      env: { ...process.env, CDK_OUTDIR: join(folder, "app"), CDK_CONTEXT_JSON: JSON.stringify(context) },
    });
  expect(run({}).stderr).toContain("no cluster");
  expect(run({ cluster: "prod" }).stderr).toContain("no Cloud Map namespace");
  expect(run({ cluster: "prod", namespace: "shop.local", watch: "yes" }).stderr).toContain("write true or false");
});

function withConstruct(app: App, props: CloudMapSyncProps): Stack {
  const stack = new Stack(app, "Test", { env: { account: ACCOUNT, region: REGION } });
  new CloudMapSync(stack, "Sync", { code, ...props });
  return stack;
}
