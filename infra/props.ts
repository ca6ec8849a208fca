import type { Duration, RemovalPolicy } from "aws-cdk-lib/core";
import type { ISecurityGroup, IVpc, SubnetSelection } from "aws-cdk-lib/aws-ec2";
import type { IRole } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Code } from "aws-cdk-lib/aws-lambda";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { INamespace, IService } from "aws-cdk-lib/aws-servicediscovery";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IStringParameter } from "aws-cdk-lib/aws-ssm";
import type { FunctionName } from "./functions.ts";
import type { SyncConfiguration } from "./sync-configuration.ts";

/** A Cloud Map namespace, so that rights end at it. */
export type SyncNamespace = {
  /** `ns-…`, or the ARN of one that another account shares. */
  readonly id: string;
  /** Its name: needed where the configuration calls it so, and it ends the right to write DNS records at `*.NAME`. */
  readonly name?: string;
  /** Its type, as Cloud Map calls it. One of HTTP has no DNS records, and no hosted zone. */
  readonly type: "DNS_PRIVATE" | "DNS_PUBLIC" | "HTTP";
  /** The hosted zone of a DNS namespace, e.g. `Z0123456789ABC`. Default: any zone may be written, with a warning. */
  readonly hostedZoneId?: string;
  /**
   * Whether Cloud Map may keep Route 53 health checks for its instances. AWS names these rights for every registration, without
   * regard to the namespace's type. Default: true.
   */
  readonly healthChecks?: boolean;
};

/** What the functions' rights follow. */
export type SyncRights = {
  /** Whose tag services carry that may be written with `services: "tagged"`. Default: the document's `owner`, else the cluster's ARN. */
  readonly owner?: string;
  /** To create services. Default: the document's `createServices`; true for a parameter of one's own. */
  readonly createServices?: boolean;
  /** To delete services. Default: the document's `deleteServices`; false for a parameter of one's own. */
  readonly deleteServices?: boolean;
  /** Keys of the tags that created services get besides the owner's. Default: the document's `services.tags`; none for a parameter of one's own. */
  readonly tagKeys?: readonly string[];
  /** To ask EC2 for the states of nodes. Default: the document's `nodes.ec2`; false for a parameter of one's own. */
  readonly ec2?: boolean;
  /** To write CNAME records, for load balancers of Services. Default: whether the document's `sources.services` is on; false for a parameter of one's own. */
  readonly loadBalancers?: boolean;
};

/** When alarms go off (docs/alarms.md). */
export type AlarmThresholds = {
  /** Passes of the schedule in a row that find what the one before had found too (Drift), or hold a conflict (Held). Default: 10. */
  readonly driftPasses?: number;
  /** Minutes without a pass that has ended; at least two of the schedule's periods. Default: 5 minutes, or three periods if that is longer. */
  readonly silentMinutes?: number;
  /** So many of the last six passes that failed. Default: 3. */
  readonly failingPasses?: number;
  /**
   * Instances of a service, of Cloud Map's quota of 1,000, from 500 to 1,000; of a namespace the same share of the document's
   * `quotas.instancesPerNamespace`. Default: 900, which is 90 %.
   */
  readonly largestService?: number;
  /** Throttled calls in five minutes, three times in a row. Default: 50. */
  readonly throttles?: number;
  /**
   * Age of the oldest message in the queue, in seconds. Default: 1,800: one that failed comes back after 13 minutes and again
   * after 26, and from its third receipt on SQS leaves it out of its metric ApproximateAgeOfOldestMessage.
   */
  readonly queueAge?: number;
};

/** All but the cluster and the configuration may be left out. */
export type CloudMapSyncProps = {
  /** The EKS cluster, or its name. It is in the stack's own account and region. */
  readonly cluster: { readonly clusterName: string; readonly clusterSecurityGroup?: ISecurityGroup } | string;
  /**
   * The configuration, kept as JSON in an SSM parameter; at most 8 KB. Or a parameter of one's own, which is read but not
   * written; a SecureString needs kms:Decrypt granted to `functions`.
   */
  readonly configuration: SyncConfiguration | IStringParameter;
  /**
   * How long the functions go on with the document that they read last, while SSM does not answer; whole minutes. Until then no
   * change of it counts, a switch to dry-run neither. Default: 10 minutes.
   */
  readonly staleConfiguration?: Duration;
  /**
   * The namespaces of the configuration, for rights that end at them: `{ id: "ns-abc", name: "shop.local", type: "HTTP" }`, or what
   * CDK makes, as it is: `new PrivateDnsNamespace(…)`. One that is imported into the app does not know its hosted zone, so that
   * records may be written in any, with a warning: write id, name, type and `hostedZoneId` of such a one. Default: rights on any
   * namespace, with a warning.
   */
  readonly namespaces?: readonly (SyncNamespace | INamespace)[];
  /**
   * The services whose instances may be written: a list of ARNs and services of CDK, or `"tagged"`, those that carry the tag
   * `eks-cloudmap-sync/owner` with the owner. Services that this tool creates carry it; others have to get it first, those of CDK by
   * `Tags.of(service).add("eks-cloudmap-sync/owner", CLUSTER_ARN)`. With a list, ones it creates cannot be written until they are
   * listed. Default: any service, with a warning.
   */
  readonly services?: "tagged" | readonly (string | IService)[];
  /** What the rights follow, where it is not what the document says, or that is in a parameter of one's own. */
  readonly rights?: SyncRights;

  /** How often every service is reconciled: whole minutes that divide an hour. Default: each minute. */
  readonly schedule?: Duration;
  /** Follow the pods, for registrations in under a second; docs/cost.md tells its price. Default: false. */
  readonly watch?: boolean;
  /** Subscribe to the cluster's audit log, whose log group must exist: audit logging is switched on first. Default: false. */
  readonly auditLog?: boolean;
  /**
   * Wake a pass when EC2 or Auto Scaling takes an instance away. Only a list of nodes says which instances belong to this cluster.
   * Default: true where nodes may be listed: with `access: "rbac"`, or with `accessEntry: false`.
   */
  readonly ec2Events?: boolean;

  /** How the functions may read the cluster: by EKS's view policy, or by infra/rbac.yaml, applied with kubectl. Default: view-policy. */
  readonly access?: "view-policy" | "rbac";
  /** Make access entries. False for clusters whose authentication mode is CONFIG_MAP: the aws-auth lines become an output. Default: true. */
  readonly accessEntry?: boolean;
  /** Run the functions in this VPC, for clusters with a private endpoint. They also need to reach AWS's APIs: docs/deploy.md. Default: none. */
  readonly vpc?: IVpc;
  /** The subnets of `vpc` that the functions run in. Default: its private ones. */
  readonly vpcSubnets?: SubnetSelection;
  /** The functions' security groups. Default: one for all of them, which lets everything out; the output SecurityGroups names it. */
  readonly securityGroups?: readonly ISecurityGroup[];

  /**
   * The cluster's own security group, which is given a rule that admits the functions at port 443. A private endpoint is not
   * reached without one. Default: that of `cluster`, where it is a cluster of CDK and knows it; else none is changed.
   */
  readonly clusterSecurityGroup?: ISecurityGroup;

  /** Where alarms go. Default: nowhere; they exist all the same. */
  readonly alarmTopic?: ITopic;
  /** Thresholds, or false for no alarms. */
  readonly alarms?: AlarmThresholds | false;
  /** Make a CloudWatch dashboard, which costs 3 dollars a month. Default: true. */
  readonly dashboard?: boolean;
  /** CloudWatch's namespace of the metrics. Default: EksCloudMapSync. */
  readonly metricsNamespace?: string;

  /** A role that may invoke manual-resync. Default: none is granted that right. */
  readonly resyncRole?: IRole;
  /** How long the functions' logs are kept. Default: one month. */
  readonly logRetention?: RetentionDays;
  /** Memory of the reconciling functions, in MB. A pass over 10,000 unchanged pods took 170, a first one over 100,000 476 (bench/README.md). Default: 512. */
  readonly memory?: number;
  /** Memory of the watch, in MB. 281 were used at 10,000 pods, 328 at 100,000 (bench/README.md). Default: 384. */
  readonly watchMemory?: number;
  /** Encrypts queues and logs. Its policy must let CloudWatch Logs and EventBridge use it; that of a key in the same app is given it. Default: AWS's own keys. */
  readonly encryptionKey?: IKey;
  /** Of the configuration's parameter and the logs. Instances in Cloud Map always stay: docs/deploy.md tells how to remove them. Default: RETAIN. */
  readonly removalPolicy?: RemovalPolicy;
  /** Where the functions' code comes from: files NAME.mjs, in one archive or in one for each. Default: the bundles of this package, one asset. */
  readonly code?: (name: FunctionName) => Code;
};
