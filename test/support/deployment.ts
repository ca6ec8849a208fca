import { CLUSTER_TAG, CONFIGURATION_TAG } from "../../functions/runtime/deployment.ts";
import { PROCESS_VARIABLES } from "../../infra/functions.ts";
import { accountHandler } from "../emulators/account.ts";
import type { AccountCall, AccountServices } from "../emulators/account.ts";
import { cloudMapHandler } from "../emulators/cloudmap/handler.ts";
import { AT_ONCE } from "../emulators/cloudmap/options.ts";
import type { CloudMapOptions } from "../emulators/cloudmap/options.ts";
import { seedNamespace } from "../emulators/cloudmap/seed.ts";
import type { Namespace } from "../emulators/cloudmap/state.ts";
import { createCloudMap } from "../emulators/cloudmap/world.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import { cloudFormationHandler, createCloudFormation } from "../emulators/cloudformation/handler.ts";
import type { CloudFormationWorld } from "../emulators/cloudformation/handler.ts";
import { cloudWatchHandler, createCloudWatch } from "../emulators/cloudwatch/handler.ts";
import type { CloudWatchWorld } from "../emulators/cloudwatch/handler.ts";
import { createEc2, ec2Handler } from "../emulators/ec2/handler.ts";
import type { Ec2World } from "../emulators/ec2/handler.ts";
import { createEks, eksHandler } from "../emulators/eks/handler.ts";
import type { EksWorld } from "../emulators/eks/handler.ts";
import { userOfToken } from "../emulators/eks/token.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import type { KubernetesWorld } from "../emulators/kubernetes/world.ts";
import { createLambdas, lambdaHandler } from "../emulators/lambda/handler.ts";
import type { LambdaWorld } from "../emulators/lambda/handler.ts";
import { createScheduler, schedulerHandler } from "../emulators/scheduler/handler.ts";
import type { SchedulerWorld } from "../emulators/scheduler/handler.ts";
import { serve } from "../emulators/serve.ts";
import type { Handler } from "../emulators/serve.ts";
import { sqsHandler } from "../emulators/sqs/handler.ts";
import { createSqs, putQueue } from "../emulators/sqs/world.ts";
import type { SqsWorld } from "../emulators/sqs/world.ts";
import { createSsm, ssmHandler } from "../emulators/ssm/handler.ts";
import type { SsmWorld } from "../emulators/ssm/handler.ts";
import { createServerIdentity } from "./certificates.ts";
import type { ServerIdentity } from "./certificates.ts";
import { startLambda } from "./lambda.ts";
import type { Lambda } from "./lambda.ts";

type Options = {
  /** The configuration in the parameter; `cluster` comes from the environment. */
  readonly configuration?: object;
  readonly cloudMap?: Partial<CloudMapOptions>;
  readonly namespace?: Partial<Namespace>;
  readonly region?: string;
  /** What the queue and the parameters are called. */
  readonly queue?: string;
  readonly parameter?: string;
  readonly turn?: string;
  /** Stands before what emulates the API server and AWS. */
  readonly around?: (handler: Handler) => Handler;
};

/** Everything that a stack's functions meet, emulated: a cluster called `prod` and an account that holds its Cloud Map. */
export type Deployment = {
  readonly cloudMap: CloudMapWorld;
  readonly namespace: Namespace;
  readonly kubernetes: KubernetesWorld;
  readonly eks: EksWorld;
  readonly ec2: Ec2World;
  readonly ssm: SsmWorld;
  readonly sqs: SqsWorld;
  readonly cloudFormation: CloudFormationWorld;
  readonly cloudWatch: CloudWatchWorld;
  readonly lambdas: LambdaWorld;
  readonly scheduler: SchedulerWorld;
  readonly queue: string;
  /** The one endpoint of all services. */
  readonly url: string;
  /** Every call of an AWS API, the oldest first; who called is the function's name. */
  readonly calls: AccountCall[];
  readonly configure: (configuration: object | string) => void;
  /** What the stack gives its functions, and Lambda its own. */
  readonly variablesOf: (name: string) => Readonly<Record<string, string>>;
  /** Starts a bundle. Variables given come on top; an empty one takes the stack's away. */
  readonly start: (name: string, variables?: Readonly<Record<string, string>>) => Promise<Lambda>;
  /** The clocks of everything, functions included, go on by so many milliseconds. */
  readonly advance: (milliseconds: number) => void;
  /** As long as `work` is under way all clocks run forty times as fast, so that it does not wait long. */
  readonly hurry: <T>(work: Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

export const CLUSTER = "prod";
export const ACCOUNT = "111122223333";
/** The secret of every access key. */
const SECRET = "wJalrXUtnFEMI-the-secret";
/** Of every cluster that one process opens: keys take their time. */
let identity: Promise<ServerIdentity> | undefined;

export async function openDeployment({
  configuration = { namespaces: ["shop.local"] },
  cloudMap: behaviour = {},
  namespace: named = {},
  region = "us-west-2",
  queue = "scopes",
  parameter = "/sync/configuration",
  turn = "/sync/turn",
  around = (handler) => handler,
}: Options = {}): Promise<Deployment> {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const cloudMap = createCloudMap({ account: ACCOUNT, region, now, ...AT_ONCE, ...behaviour });
  const namespace = seedNamespace(cloudMap, named);
  const rules = { cluster: CLUSTER, secretOf: () => SECRET, now };
  const kubernetes = createKubernetes({ tokens: (token) => userOfToken(token, rules) });
  identity ??= createServerIdentity();
  const { ca, ...tls } = await identity;
  const apiServer = await serve(around(kubernetesHandler(kubernetes)), { tls, now });
  const arn = `arn:aws:eks:${region}:${ACCOUNT}:cluster/${CLUSTER}`;
  const eks = createEks({ name: CLUSTER, arn, endpoint: apiServer.url, ca });
  const [ec2, ssm, sqs] = [createEc2(), createSsm({ account: ACCOUNT, region }), createSqs({ account: ACCOUNT })];
  const [cloudFormation, cloudWatch, lambdas, scheduler] = [
    createCloudFormation({ account: ACCOUNT, region }),
    createCloudWatch(),
    createLambdas(),
    createScheduler(),
  ];
  sqs.now = now;
  putQueue(sqs, { name: queue });
  const configure = (document: object | string) => {
    const value = typeof document === "string" ? document : JSON.stringify(document);
    ssm.parameters.set(parameter, { value, version: 1 });
  };
  configure(configuration);
  const tags = { [CLUSTER_TAG]: CLUSTER, [CONFIGURATION_TAG]: parameter };
  ssm.parameters.set(turn, { value: "free", version: 1, tags });
  const calls: AccountCall[] = [];
  const services = {
    servicediscovery: cloudMapHandler(cloudMap),
    eks: eksHandler(eks),
    ec2: ec2Handler(ec2),
    ssm: ssmHandler(ssm),
    sqs: sqsHandler(sqs),
    cloudformation: cloudFormationHandler(cloudFormation),
    monitoring: cloudWatchHandler(cloudWatch),
    lambda: lambdaHandler(lambdas),
    scheduler: schedulerHandler(scheduler),
  };
  const inRegion = (asked: string) => (asked === region ? services : emptyRegion(asked));
  const aws = await serve(around(accountHandler(inRegion, calls, now)), { now });
  const variablesOf = (name: string) => ({
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: name,
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_SESSION_TOKEN: "the-session-token",
    AWS_ENDPOINT_URL: aws.url,
    CLUSTER_NAME: CLUSTER,
    CONFIG_PARAMETER: parameter,
    TURN_PARAMETER: turn,
    QUEUE_URL: `${aws.url}/${ACCOUNT}/${queue}`,
  });
  const started: Lambda[] = [];
  const advance = (milliseconds: number) => {
    ahead += milliseconds;
    for (const lambda of started) lambda.advance(milliseconds);
  };
  return {
    cloudMap,
    namespace,
    kubernetes,
    eks,
    ec2,
    ssm,
    sqs,
    cloudFormation,
    cloudWatch,
    lambdas,
    scheduler,
    queue,
    url: aws.url,
    calls,
    configure,
    variablesOf,
    start: async (name, variables = {}) => {
      const lambda = await startLambda(name, { ...PROCESS_VARIABLES, ...variablesOf(name), ...variables });
      started.push(lambda);
      return lambda;
    },
    advance,
    hurry: (work) => {
      const timer = setInterval(() => advance(2_000), 50);
      return work.finally(() => clearInterval(timer));
    },
    close: async () => {
      await Promise.all(started.map(({ stop }) => stop()));
      await Promise.all([aws.close(), apiServer.close()]);
    },
  };
}

/** Another region of the account, in which there is nothing yet. */
function emptyRegion(region: string): AccountServices {
  return {
    servicediscovery: cloudMapHandler(createCloudMap({ account: ACCOUNT, region })),
    eks: eksHandler(createEks()),
    ssm: ssmHandler(createSsm({ account: ACCOUNT, region })),
  };
}
