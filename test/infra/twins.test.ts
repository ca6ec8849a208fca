import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import { expect, test } from "vitest";
import { CloudMapSync } from "../../infra/cloud-map-sync.ts";
import type { CloudMapSyncProps } from "../../infra/props.ts";
import { policyOf } from "./policies.ts";
import { ACCOUNT, code, NARROW, REGION, synth } from "./stack.ts";

type Configuration = Extract<CloudMapSyncProps["configuration"], { mappings?: unknown }>;

const { configuration } = NARROW;
const PLACE = { account: ACCOUNT, region: REGION };

test("two constructs with one cluster, owner and part are an error that names both", () => {
  expect(() => pair()).toThrow(/First\/Sync and Second\/Sync .* give each its own `part`/);
  expect(() =>
    pair({ configuration: { ...configuration, part: "blue" } }, { configuration: { ...configuration, part: "blue" } }),
  ).toThrow("First/Sync and Second/Sync");
});

test.each([
  ["another part", { configuration: { ...configuration, part: "blue" } }, PLACE],
  ["another owner", { configuration: { ...configuration, owner: "team-b" } }, PLACE],
  ["another cluster", { cluster: "staging" }, PLACE],
  ["another account", {}, { ...PLACE, account: "444455556666" }],
  ["another region", {}, { ...PLACE, region: "eu-central-1" }],
] as const)("with %s there is neither error nor warning", (_what, props, env) => {
  expect(warnings(pair({}, props, env))).toEqual([]);
});

test("where account or region are not known at synth, there is a warning", () => {
  expect(warnings(pair({}, {}, {}))).toEqual([expect.stringContaining("First/Sync may write")]);
  expect(warnings(pair({}, { configuration: { ...configuration, part: "blue" } }, {}))).toEqual([]);
});

test("of a document in a parameter of one's own nothing is known, which is a warning", () => {
  expect(warnings(pair({}, ownParameter))).toEqual([expect.stringContaining("First/Sync may write")]);
});

test("parts of one document share the tag of their services, and so the right to write them", () => {
  const part = synth({ ...NARROW, configuration: { ...configuration, part: "blue" } });
  const [whole, blue] = [synth(), part].map((template) => JSON.stringify(policyOf(template, "scheduled-reconcile")));
  expect(blue).toBe(whole);
  expect(blue).toContain("eks-cloudmap-sync/owner");
});

test("each deployment's metrics carry its stack's name and its place in it", () => {
  const stack = new Stack(new App({ analyticsReporting: false }), "First", { env: PLACE });
  for (const part of ["blue", "green"])
    new CloudMapSync(stack, part, { ...NARROW, code, configuration: { ...configuration, part } });
  const template = Template.fromStack(stack);
  const deployments = Object.values(
    template.findResources("AWS::CloudWatch::Alarm", { Properties: { MetricName: "Passes" } }),
  ).map(({ Properties }) => Properties.Dimensions as unknown);
  expect(deployments).toEqual(
    ["blue", "green"].map((part) => [
      { Name: "cluster", Value: "prod" },
      { Name: "deployment", Value: { "Fn::Join": ["", [{ Ref: "AWS::StackName" }, `/${part}`]] } },
    ]),
  );
});

function ownParameter(stack: Stack): Partial<CloudMapSyncProps> {
  return { configuration: StringParameter.fromStringParameterName(stack, "Own", "/own") };
}

/** Two stacks of one app; returns the second. */
function pair(
  one: { readonly configuration?: Configuration } = {},
  other: Partial<CloudMapSyncProps> | ((stack: Stack) => Partial<CloudMapSyncProps>) = one,
  env: { readonly account?: string; readonly region?: string } = PLACE,
): Stack {
  const app = new App({ analyticsReporting: false });
  const first = new Stack(app, "First", { env: env.account === undefined ? {} : PLACE });
  new CloudMapSync(first, "Sync", { ...NARROW, code, ...one });
  const stack = new Stack(app, "Second", { env });
  new CloudMapSync(stack, "Sync", { ...NARROW, code, ...(typeof other === "function" ? other(stack) : other) });
  return stack;
}

function warnings(stack: Stack): readonly string[] {
  return stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .flatMap(({ type, data }) => (type === "aws:cdk:warning" ? [String(data)] : []))
    .filter((warning) => warning.includes("the same owner"));
}
