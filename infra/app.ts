import { Annotations, App, Stack } from "aws-cdk-lib/core";
import { Topic } from "aws-cdk-lib/aws-sns";
import { CloudMapSync } from "./cloud-map-sync.ts";
import { KEYS, networkFromContext, propsFromContext, unknownKeys } from "./context.ts";
import { importNetwork } from "./network.ts";
import { runProgram } from "./program.ts";
import { clusterNameOf } from "./validate.ts";

/** For those without an app of their own: `npx cdk deploy -c cluster=… -c namespace=…`, and `-c alarmTopic=ARN` for a topic of SNS. */
runProgram(() => {
  const app = new App();
  const context = (key: string): unknown => app.node.tryGetContext(key);
  const props = propsFromContext(context);
  const stack = new Stack(app, "EksCloudMapSync", {
    description: "eks-cloudmap-sync: keeps AWS Cloud Map true to the pods of an EKS cluster",
    // One for each cluster; a stack's name has no underscores.
    stackName: `eks-cloudmap-sync-${clusterNameOf(props).replaceAll("_", "-")}`,
  });
  for (const key of unknownKeys(app.node.getAllContext()))
    Annotations.of(stack).addWarningV2(
      `eks-cloudmap-sync:unknownKey:${key}`,
      `-c ${key}=… means nothing here; the keys are ${KEYS.join(", ")}`,
    );
  const topic = context("alarmTopic");
  const alarms = typeof topic === "string" ? { alarmTopic: Topic.fromTopicArn(stack, "AlarmTopic", topic) } : {};
  const network = networkFromContext(context);
  new CloudMapSync(stack, "Sync", {
    ...props,
    ...alarms,
    ...(network === undefined ? {} : importNetwork(stack, network)),
  });
});
