import { InputError } from "../../core/errors.ts";

/** What the environment says where the SDK's own reading of it is not enough. Undefined: the SDK decides. */
export type Environment = {
  readonly region: string | undefined;
  readonly cloudMapEndpoint: string | undefined;
  readonly eksEndpoint: string | undefined;
  /** All of them, for a kubeconfig: its plugins inherit them. */
  readonly variables: Variables;
};

type Variables = Readonly<Record<string, string | undefined>>;

/** Throws an InputError that lists every variable that is wrong. */
export function parseEnvironment(variables: Variables): Environment {
  const problems: string[] = [];
  const endpoint = (service: string) => {
    const name = [`AWS_ENDPOINT_URL_${service}`, "AWS_ENDPOINT_URL"].find((key) => given(variables[key]) !== undefined);
    const value = name === undefined ? undefined : given(variables[name]);
    if (value === undefined || variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] === "true") return undefined;
    if (!/^https?:\/\//.test(value) || !URL.canParse(value))
      problems.push(`${name} is ${JSON.stringify(value)}; write a URL like https://host:port, or unset it`);
    return value;
  };
  const environment = {
    region: given(variables["AWS_REGION"]) ?? given(variables["AWS_DEFAULT_REGION"]),
    cloudMapEndpoint: endpoint("SERVICEDISCOVERY"),
    eksEndpoint: endpoint("EKS"),
    variables,
  };
  if (problems.length > 0) throw new InputError([...new Set(problems)].join("\n"));
  return environment;
}

/** What the deployment tells a Lambda. */
export type LambdaEnvironment = {
  /** The EKS cluster's name. */
  readonly cluster: string;
  /** The SSM parameter with the configuration. */
  readonly parameter: string;
  /** For how many minutes a document that was read goes on counting while SSM does not answer. */
  readonly staleMinutes: number;
  /** The SSM parameter that says whose turn it is; only those that take turns have it. */
  readonly turnParameter: string | undefined;
  /** Whether a watch follows the pods beside the schedule. */
  readonly isWatched: boolean;
  /** Where scopes wait; only those that send have it. */
  readonly queueUrl: string | undefined;
  /** CloudWatch's namespace of the metrics. */
  readonly metricsNamespace: string;
  /** Which deployment this is, of several for one cluster: a dimension of the metrics. */
  readonly deployment: string;
};

/** Where `CONFIG_STALE_MINUTES` says nothing else. */
const STALE_MINUTES = 10;
/** Where `POWERTOOLS_METRICS_NAMESPACE` names no other. */
const METRICS_NAMESPACE = "EksCloudMapSync";
/** Where `DEPLOYMENT` names none: for a moment of the update from a release whose functions had no such variable. */
const DEPLOYMENT = "default";

/** Throws an InputError that lists every variable that is missing. */
export function parseLambdaEnvironment(variables: Variables): LambdaEnvironment {
  const cluster = given(variables["CLUSTER_NAME"]);
  const parameter = given(variables["CONFIG_PARAMETER"]);
  const minutes = given(variables["CONFIG_STALE_MINUTES"]) ?? String(STALE_MINUTES);
  const problems = [
    ...(/^\d{1,4}$/.test(minutes)
      ? []
      : [`CONFIG_STALE_MINUTES is ${JSON.stringify(minutes)}; write whole minutes, 0 for none`]),
    ...(cluster === undefined ? ["CLUSTER_NAME is missing; set it to the EKS cluster's name"] : []),
    ...(parameter === undefined ? ["CONFIG_PARAMETER is missing; set it to the name of the SSM parameter"] : []),
  ];
  if (cluster === undefined || parameter === undefined || problems.length > 0)
    throw new InputError(problems.join("\n"));
  return {
    cluster,
    parameter,
    staleMinutes: Number(minutes),
    turnParameter: given(variables["TURN_PARAMETER"]),
    isWatched: given(variables["WATCH"]) === "on",
    queueUrl: given(variables["QUEUE_URL"]),
    metricsNamespace: given(variables["POWERTOOLS_METRICS_NAMESPACE"]) ?? METRICS_NAMESPACE,
    deployment: given(variables["DEPLOYMENT"]) ?? DEPLOYMENT,
  };
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value.trim();
}
