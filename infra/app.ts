import { App, Stack } from "aws-cdk-lib/core";
import { Topic } from "aws-cdk-lib/aws-sns";
import { CloudMapSync } from "./cloud-map-sync.ts";
import { networkFromContext, propsFromContext, refuseUnknownKeys } from "./context.ts";
import { importNetwork } from "./network.ts";
import { runProgram } from "./program.ts";
import { clusterNameOf } from "./validate.ts";

/** For those without an app of their own: `npx cdk deploy -c cluster=… -c namespace=…`, and `-c alarmTopic=ARN` for a topic of SNS. */
runProgram(() => {
  const app = new App();
  const context = (key: string): unknown => app.node.tryGetContext(key);
  refuseUnknownKeys(app.node.getAllContext());
  const props = propsFromContext(context);
  const stack = new Stack(app, "EksCloudMapSync", {
    description: "eks-cloudmap-sync: keeps AWS Cloud Map in sync with the pods of an EKS cluster",
    // One for each cluster; a stack's name has no underscores.
    stackName: `eks-cloudmap-sync-${clusterNameOf(props).replaceAll("_", "-")}`,
  });
  const topic = context("alarmTopic");
  const alarms = typeof topic === "string" ? { alarmTopic: Topic.fromTopicArn(stack, "AlarmTopic", topic) } : {};
  const network = networkFromContext(context);
  new CloudMapSync(stack, "Sync", {
    ...props,
    ...alarms,
    ...(network === undefined ? {} : importNetwork(stack, network)),
  });
});
