import { App, Stack, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { expect, test } from "vitest";
import { CloudMapSync } from "../../infra/cloud-map-sync.ts";
import { createTemplateStack } from "../../infra/template-stack.ts";
import { DEPLOYMENTS, WIDE } from "./deployments.ts";
import { code } from "./stack.ts";

test.each(DEPLOYMENTS)("cdk-nag's AwsSolutions and Serverless packs find nothing: %s", (_what, create) => {
  const app = new App({ analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  create(app);
  expect(() => app.synth()).not.toThrow();
});

test("cdk-nag does find something where a rule is broken", () => {
  const app = new App({ analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const { queue } = new CloudMapSync(new Stack(app, "Test"), "Sync", { ...WIDE, code });
  queue.node.tryRemoveChild("Policy");
  expect(() => app.synth()).toThrow("AwsSolutions-SQS4");
});

test("the template asks for nothing of CDK", () => {
  const app = new App({ analyticsReporting: false });
  const stack = createTemplateStack(app, "functions-1.zip");
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
  expect(JSON.stringify(template)).toContain("functions-1.zip");
});
