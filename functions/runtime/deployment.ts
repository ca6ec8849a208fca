import * as z from "zod";

/** What a construct tells of itself in an output of its stack, as JSON: by it the CLI's `--stack` finds what it deployed. It only grows. */
const deploymentSchema = z.object({
  /** The release of this tool that was deployed; the key says whose output it is. */
  "eks-cloudmap-sync": z.string(),
  /** `STACK/CONSTRUCT`, as the metrics' dimension has it. */
  deployment: z.string(),
  /** The EKS cluster's name. */
  cluster: z.string(),
  /** The SSM parameter with the configuration, and the one that says whose turn it is. */
  parameter: z.string(),
  turn: z.string(),
  /** The function that a person invokes. */
  resync: z.string(),
  /** All functions that are on, by the name of their entry file. */
  functions: z.record(z.string(), z.string()),
  /** The names of the schedules, by the function that each starts; older releases tell none. */
  schedules: z.record(z.string(), z.string()).default({}),
  /** The ARNs of the roles for which the stack made an entry of access to the cluster, by function. */
  roles: z.record(z.string(), z.string()),
  /** By what they are for: their URLs. */
  queues: z.object({ scopes: z.string(), deadLetters: z.string(), failures: z.string() }),
  /** Names of alarms. */
  alarms: z.array(z.string()),
  /** CloudWatch's namespace of the metrics. */
  metricsNamespace: z.string(),
});

export type Deployment = z.infer<typeof deploymentSchema>;

/** Undefined where the text is another output's. */
export function parseDeployment(text: string): Deployment | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return deploymentSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * The tags of the parameter that says whose turn it is, which goes with its stack: which EKS cluster it is for, and which SSM
 * parameter has the configuration.
 */
export const CLUSTER_TAG = "eks-cloudmap-sync/cluster";
export const CONFIGURATION_TAG = "eks-cloudmap-sync/configuration";
