import type { Deployment as Deployed } from "../../functions/runtime/deployment.ts";
import { VERSION } from "../../functions/runtime/version.ts";
import { putQueue } from "../emulators/sqs/world.ts";
import { ACCOUNT, CLUSTER } from "./deployment.ts";
import type { Deployment } from "./deployment.ts";
import type { Lambda } from "./lambda.ts";

export const STACK = "sync";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/sync-ManualResyncRole`;

/** The deployment as CloudFormation, Lambda and CloudWatch show it: a stack with the construct `Sync`, all well. */
export function seedStack(deployment: Deployment, stack = STACK): Deployed {
  const { cloudWatch, eks, lambdas, scheduler, sqs, queue, url, variablesOf } = deployment;
  const { CONFIG_PARAMETER: parameter, TURN_PARAMETER: turn } = variablesOf("scheduled-reconcile");
  const urlOf = (name: string) => `${url}/${ACCOUNT}/${name}`;
  const deployed: Deployed = {
    "eks-cloudmap-sync": VERSION,
    deployment: `${stack}/Sync`,
    cluster: CLUSTER,
    parameter: String(parameter),
    turn: String(turn),
    resync: "sync-ManualResync",
    functions: { "manual-resync": "sync-ManualResync" },
    schedules: { "scheduled-reconcile": "sync-Schedule" },
    roles: { "manual-resync": ROLE },
    queues: { scopes: urlOf(queue), deadLetters: urlOf(`${queue}-dead`), failures: urlOf("failures") },
    alarms: ["sync-Silent", "sync-Guard"],
    metricsNamespace: "EksCloudMapSync",
  };
  putQueue(sqs, { name: "failures" });
  eks.accessEntries.add(ROLE);
  for (const name of Object.values(deployed.schedules)) scheduler.schedules.set(name, "ENABLED");
  const whose = `${CLUSTER} (eks-cloudmap-sync, ${deployed.deployment})`;
  for (const name of deployed.alarms)
    cloudWatch.alarms.set(name, { state: "OK", description: `${whose}: ${name}. Look it up.` });
  cloudWatch.samples.push({
    metric: "Passes",
    dimensions: { cluster: CLUSTER, deployment: deployed.deployment },
    at: Date.now() - 60_000,
    value: 1,
  });
  let resync: Promise<Lambda> | undefined;
  lambdas.functions.set(deployed.resync, {
    role: ROLE,
    variables: variablesOf("manual-resync"),
    invoke: async (event, clientContext) => {
      resync ??= deployment.start("manual-resync");
      return (await resync).invoke(event, { clientContext });
    },
  });
  const outputs = {
    SyncDeployment1A2B: JSON.stringify(deployed),
    SyncResyncFunction3C4D: deployed.resync,
    SyncConfigurationParameter5E6F: deployed.parameter,
  };
  putOutputs(deployment, outputs, undefined, stack);
  return deployed;
}

export function putOutputs(
  { cloudFormation }: Deployment,
  outputs: Readonly<Record<string, string>>,
  status = "UPDATE_COMPLETE",
  stack = STACK,
): void {
  cloudFormation.stacks.set(stack, { status, outputs });
}
