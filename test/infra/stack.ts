import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code } from "aws-cdk-lib/aws-lambda";
import { CloudMapSync } from "../../infra/cloud-map-sync.ts";
import type { CloudMapSyncProps } from "../../infra/props.ts";

export const ACCOUNT = "111122223333";
export const REGION = "eu-west-1";
/** The cluster's ARN: the default owner. */
export const OWNER = `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/prod`;

/** The least that has no warnings. */
export const NARROW = {
  cluster: "prod",
  configuration: { mappings: [{ service: "web", pods: { namespace: "shop" } }], sources: { virtualNodes: false } },
  namespaces: [{ id: "ns-shop", type: "DNS_PRIVATE", hostedZoneId: "Z0SHOP" }],
  services: "tagged",
} as const satisfies CloudMapSyncProps;

/** Stands in for the bundles, so that they need not be built. */
export const code = (): Code => Code.fromInline("exports.handler = () => {};");

/** A stack with the construct in it; the functions' code is a stand-in, unless the props say otherwise. */
export function createStack(props: CloudMapSyncProps | ((stack: Stack) => CloudMapSyncProps) = NARROW): Stack {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, "Test", { env: { account: ACCOUNT, region: REGION } });
  new CloudMapSync(stack, "Sync", {
    code,
    ...(typeof props === "function" ? props(stack) : props),
  });
  return stack;
}

const templates = new Map<unknown, Template>();

/** The same props are synthesized once. */
export function synth(props: CloudMapSyncProps | ((stack: Stack) => CloudMapSyncProps) = NARROW): Template {
  const template = templates.get(props) ?? Template.fromStack(createStack(props));
  templates.set(props, template);
  return template;
}
