import { sleep } from "../cloudmap/time-limit.ts";
import { InputError, messageOf } from "../core/errors.ts";
import { createHistory } from "../core/history.ts";
import { queryKey } from "../core/model.ts";
import type { Cluster, Registry } from "../core/ports.ts";
import type { Configuration, Identity } from "../core/settings.ts";
import { composeRegistry, createCloudMapClient, regionOf } from "./compose.ts";
import type { Composed, ComposeOptions } from "./compose.ts";
import { describeAnyCluster } from "./eks-cluster.ts";
import type { Environment } from "./configuration/environment.ts";
import { nameInEksArn } from "./identity.ts";
import { VERSION } from "./version.ts";

/** A cluster of which nothing is left. */
const GONE: Cluster = {
  listMappings: () => Promise.resolve([]),
  listPods: (queries) => Promise.resolve(new Map(queries.map((query) => [queryKey(query), { value: [] }]))),
  listNodes: () => Promise.resolve({ state: "off" }),
  hasAnyPod: () => Promise.resolve(false),
};

/**
 * The world of a cluster that is gone: nobody claims a service, and no pod lives. `uid`: of its namespace kube-system, where a person
 * says it. Throws an InputError where whose its instances were cannot be known, or EKS says that the cluster is there.
 *
 * | uid   | `owner`    | EKS says of the cluster | the instances are those of               |
 * |-------|------------|-------------------------|------------------------------------------|
 * | –     | –          | there is none           | its ARN in this account, whatever UID    |
 * | –     | this account's ARN | there is none   | that ARN, whatever UID                   |
 * | –     | another account's  |                 | – (an error: EKS would know nothing)     |
 * | –     | other text |                         | – (an error: the UID is needed)          |
 * | a UID | –          | there is none           | `kube-system/<UID>`                      |
 * | a UID | an ARN     | there is none           | that ARN, from that UID                  |
 * | a UID | other text |                         | that text, from that UID                 |
 */
export async function composeGone(uid: string | undefined, options: ComposeOptions): Promise<Composed> {
  const { configuration, environment } = options;
  const region = await regionOf(createCloudMapClient(environment));
  const finding = composeRegistry({ ...options, owner: "" });
  const whose =
    uid === undefined
      ? await ownerByArn(configuration, region, finding, environment)
      : await ownerByUid(uid, configuration, environment);
  const { part } = configuration;
  const owner = part === "" ? whose.owner : `${whose.owner}/${part}`;
  return {
    cluster: GONE,
    registry: composeRegistry({ ...options, owner: whose.owner }),
    settings: { ...configuration, owner, tagOwner: whose.owner, identity: whose.identity },
    history: createHistory(),
    version: VERSION,
    now: Date.now,
    pause: sleep,
    listNodes: (until) => GONE.listNodes(until),
    knownMappings: () => Promise.resolve([]),
    watchPods: () => Promise.resolve(),
    listNamespaceNames: () => Promise.resolve([]),
    server: "none: the cluster is gone",
    region,
  };
}

type Owner = { readonly owner: string; readonly identity: Identity };

async function ownerByArn(
  { cluster, owner }: Configuration,
  region: string,
  registry: Registry,
  environment: Environment,
): Promise<Owner> {
  const named = owner === undefined ? cluster : nameInEksArn(owner);
  if (named === undefined)
    throw new InputError(
      `EKS knows no cluster ${cluster}, and \`owner\` is ${owner}, which names none: say which cluster is gone with --cluster-uid, the UID of its namespace kube-system; instances carry it as eks-cloudmap-sync/cluster`,
    );
  const arn = await arnHere(named, region, registry);
  // Of another account's clusters EKS knows nothing here, whether they are gone or not.
  if (owner !== undefined && owner !== arn)
    throw new InputError(
      `\`owner\` is ${owner}, and a cluster of that name here would be ${arn}; use the AWS account and region that it was in, or --cluster-uid`,
    );
  await needGone(named, environment);
  return { owner: arn, identity: { cluster: "", arn, mayBeEmpty: true } };
}

async function ownerByUid(uid: string, { cluster, owner }: Configuration, environment: Environment): Promise<Owner> {
  const identity: Identity = { cluster: uid, arn: undefined, mayBeEmpty: true };
  const named = owner === undefined ? cluster : nameInEksArn(owner);
  if (named !== undefined) await needGone(named, environment);
  return { owner: owner ?? `kube-system/${uid}`, identity };
}

async function needGone(name: string, environment: Environment): Promise<void> {
  const described = await describeAnyCluster(name, environment);
  if (described.kind === "known")
    throw new InputError(`EKS cluster ${name} is there (${described.arn}); leave --cluster-uid away`);
  if (described.kind === "no-answer")
    throw new InputError(`whether EKS cluster ${name} is gone cannot be known: ${described.problem}`);
}

/** The account is the one that the Cloud Map namespaces are in, as long as they are not shared. */
async function arnHere(cluster: string, region: string, registry: Registry): Promise<string> {
  const found = await registry.listNamespaces();
  const own = found.flatMap(({ asked, read }) =>
    "value" in read && !asked.startsWith("arn:") ? [read.value.arn] : [],
  );
  const [, partition, , , account] = own[0]?.split(":") ?? [];
  if (partition === undefined || account === undefined) {
    const [problem] = found.flatMap(({ read }) => ("failure" in read ? [messageOf(read.failure)] : []));
    throw new InputError(
      `EKS knows no cluster ${cluster}, and whose its instances were cannot be known${problem === undefined ? "" : ` (${problem})`}; write \`owner\`: the ARN that it had`,
    );
  }
  return `arn:${partition}:eks:${region}:${account}:cluster/${cluster}`;
}
