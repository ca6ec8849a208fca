import { App, Stack } from "aws-cdk-lib";
import { CloudMapSync } from "./cloud-map-sync.ts";
import { propsFromContext } from "./context.ts";
import { InputError } from "../functions/core/errors.ts";

/** For those without an app of their own: `npx cdk deploy -c cluster=… -c namespace=…`. */
const app = new App();
try {
  const props = propsFromContext((key) => app.node.tryGetContext(key));
  const stack = new Stack(app, "EksCloudMapSync", {
    description: "eks-cloudmap-sync: keeps AWS Cloud Map true to the pods of an EKS cluster",
    ...(typeof props.cluster === "string" ? { stackName: `eks-cloudmap-sync-${props.cluster}` } : {}),
  });
  new CloudMapSync(stack, "Sync", props);
} catch (error) {
  // A mistake of the caller needs no stack trace.
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}
