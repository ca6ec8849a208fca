import { Stack } from "aws-cdk-lib";
import type { App } from "aws-cdk-lib";
import { CloudMapSync } from "../../infra/cloud-map-sync.ts";
import type { CloudMapSyncProps } from "../../infra/props.ts";
import { createTemplateStack } from "../../infra/template-stack.ts";
import { ACCOUNT, code, NARROW, REGION } from "./stack.ts";

export const WIDE: CloudMapSyncProps = { cluster: "prod", configuration: { namespaces: ["shop.local"] } };
export const ALL: CloudMapSyncProps = { ...NARROW, watch: true, auditLog: true, access: "rbac" };

/** The ways to deploy that the rules of others judge. */
export const DEPLOYMENTS: readonly (readonly [what: string, create: (app: App) => Stack])[] = [
  ["the least", (app) => withConstruct(app, WIDE)],
  ["everything", (app) => withConstruct(app, ALL)],
  ["the template", (app) => createTemplateStack(app, "functions.zip")],
  ["the template in a VPC", (app) => createTemplateStack(app, "functions.zip", { inVpc: true })],
];

function withConstruct(app: App, props: CloudMapSyncProps): Stack {
  const stack = new Stack(app, "Test", { env: { account: ACCOUNT, region: REGION } });
  new CloudMapSync(stack, "Sync", { code, ...props });
  return stack;
}
