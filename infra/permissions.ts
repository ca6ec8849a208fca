import { OWNER_KEY } from "../functions/core/attributes.ts";
import type { Ability } from "./functions.ts";

/** One statement of a policy, and why it is there. */
export type Right = {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Set where no function makes the call: AWS makes it, or checks it, under the function's role. The reason. */
  readonly exercisedByAws?: string;
};

/** A Cloud Map namespace as far as it is known when the policies are written. */
export type NamespaceReach =
  | {
      readonly kind: "unresolved";
      /** Undefined where that is not known either. */
      readonly name: string | undefined;
    }
  | {
      readonly kind: "known";
      /** Undefined where only its id or ARN is known. */
      readonly name: string | undefined;
      readonly arn: string;
      readonly account: string;
      /** `*` where it is not known; undefined for HTTP namespaces, which have no records. */
      readonly hostedZone: string | undefined;
      /** Whether services in it may have Route 53 health checks. */
      readonly healthChecks: boolean;
    };

/** What the functions may reach. ARNs may hold tokens. */
export type Reach = {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly cluster: string;
  /** The value of the owner's tag on services that this deployment creates. */
  readonly owner: string;
  readonly parameterArn: string;
  /** The parameter that says which pass of the schedule is at work. */
  readonly turnArn: string;
  readonly queueArn: string;
  readonly namespaces: readonly NamespaceReach[];
  /** How the configuration calls them: names are looked for in a list, ids and ARNs are read. */
  readonly named: {
    readonly byName: boolean;
    readonly byId: boolean;
    /** What looks like an id, and may be a name: it is read as an id first. */
    readonly ids: readonly string[];
  };
  /** `any`: every service of the accounts. `tagged`: those that carry the owner's tag. Else their ARNs. */
  readonly services: "any" | "tagged" | readonly string[];
  readonly createServices: boolean;
  /** Keys of the tags that services are created with, besides the owner's. */
  readonly tagKeys: readonly string[];
  readonly deleteServices: boolean;
  /** Whether EC2 is asked for the states of nodes. */
  readonly ec2: boolean;
  /** Whether Services may claim for their load balancers, some of which are known by a name alone. */
  readonly loadBalancers: boolean;
  /** The customer managed key of the queues, if there is one. */
  readonly keyArn: string | undefined;
};

/** What a function's abilities take, without what AWS does under its role: exercised.ts. */
export function rightsOf(abilities: readonly Ability[], reach: Reach): readonly Right[] {
  return abilities.flatMap((ability) => {
    switch (ability) {
      case "pass":
        return [
          ...clusterRights(reach),
          ...registryReads(reach),
          ...instanceWrites(reach),
          ...(reach.createServices ? creationRights(reach) : []),
        ];
      case "delete":
        return reach.deleteServices ? deletionRights(reach) : [];
      case "take-turns":
        return [{ sid: "TakeTurns", actions: ["ssm:GetParameter", "ssm:PutParameter"], resources: [reach.turnArn] }];
      case "send":
        return sendRights(reach);
      default:
        return ability satisfies never;
    }
  });
}

function clusterRights({ partition, region, account, cluster, parameterArn, ec2 }: Reach): readonly Right[] {
  return [
    {
      sid: "FindCluster",
      actions: ["eks:DescribeCluster"],
      resources: [`arn:${partition}:eks:${region}:${account}:cluster/${cluster}`],
    },
    { sid: "ReadConfiguration", actions: ["ssm:GetParameter"], resources: [parameterArn] },
    // Knows no resource.
    ...(ec2 ? [{ sid: "AskForNodes", actions: ["ec2:DescribeInstanceStatus"], resources: ["*"] }] : []),
  ];
}

function registryReads(reach: Reach): readonly Right[] {
  const known = reach.namespaces.flatMap((namespace) => (namespace.kind === "known" ? namespace.arn : []));
  const namespaces = known.length === reach.namespaces.length ? known : [anyNamespace(reach), ...foreign(known, reach)];
  return [
    {
      sid: "List",
      actions: [...(reach.named.byName ? ["servicediscovery:ListNamespaces"] : []), "servicediscovery:ListServices"],
      // Neither knows a resource.
      resources: ["*"],
    },
    ...(reach.named.byId
      ? [
          {
            sid: "ReadNamespaces",
            actions: ["servicediscovery:GetNamespace"],
            resources: [...new Set([...namespaces, ...reach.named.ids.map((id) => namespaceArn(id, reach))])],
          },
        ]
      : []),
    {
      sid: "ReadInstances",
      actions: ["servicediscovery:ListInstances", "servicediscovery:GetInstancesHealthStatus"],
      // On a sweep every service of the namespaces that is not empty is read, to find orphans.
      resources: anyService(reach),
    },
    {
      sid: "ReadOperations",
      actions: ["servicediscovery:GetOperation"],
      resources: [...namespaces, ...anyService(reach)],
    },
  ];
}

function instanceWrites(reach: Reach): readonly Right[] {
  return [
    {
      sid: "WriteInstances",
      actions: [
        "servicediscovery:RegisterInstance",
        "servicediscovery:DeregisterInstance",
        "servicediscovery:UpdateInstanceCustomHealthStatus",
      ],
      ...writable(reach),
    },
  ];
}

/**
 * Those that are created carry the owner's tag, so that they can be written where only tagged ones may. In a namespace that
 * another account shares they may have to do without.
 */
function creationRights(reach: Reach): readonly Right[] {
  const { namespaces, owner, account, tagKeys } = reach;
  const known = namespaces.flatMap((namespace) => (namespace.kind === "known" ? namespace.arn : []));
  const shared = foreign(known, reach);
  const own = known.filter((arn) => !shared.includes(arn));
  const isResolved = known.length === namespaces.length;
  const tagged = { StringEquals: { [`aws:RequestTag/${OWNER_KEY}`]: owner } };
  return [
    ...(isResolved && own.length === 0
      ? []
      : [
          {
            sid: "CreateServices",
            actions: ["servicediscovery:CreateService"],
            resources: [...(isResolved ? own : [anyNamespace(reach)]), servicesOf(account, reach)],
            conditions: { ...tagged, ...(isResolved ? { ArnEquals: { "servicediscovery:NamespaceArn": own } } : {}) },
          },
        ]),
    ...(shared.length === 0
      ? []
      : [
          {
            sid: "CreateSharedServices",
            actions: ["servicediscovery:CreateService"],
            resources: [...shared, ...anyService(reach).filter((arn) => arn !== servicesOf(account, reach))],
            conditions: { ArnEquals: { "servicediscovery:NamespaceArn": shared } },
          },
        ]),
    {
      sid: "TagServices",
      actions: ["servicediscovery:TagResource"],
      // Knows no resource.
      resources: ["*"],
      conditions: { ...tagged, "ForAllValues:StringEquals": { "aws:TagKeys": [OWNER_KEY, ...tagKeys] } },
    },
  ];
}

function deletionRights(reach: Reach): readonly Right[] {
  return [
    // Knows no resource.
    { sid: "ReadTags", actions: ["servicediscovery:ListTagsForResource"], resources: ["*"] },
    {
      sid: "DeleteServices",
      actions: ["servicediscovery:DeleteService"],
      resources: anyService(reach),
      conditions: { StringEquals: { [`aws:ResourceTag/${OWNER_KEY}`]: reach.owner } },
    },
  ];
}

function sendRights({ queueArn }: Reach): readonly Right[] {
  return [{ sid: "SendScopes", actions: ["sqs:SendMessage"], resources: [queueArn] }];
}

function writable(reach: Reach): Pick<Right, "resources" | "conditions"> {
  const { services, owner } = reach;
  if (services === "any") return { resources: anyService(reach) };
  if (services === "tagged")
    return {
      resources: anyService(reach),
      conditions: { StringEquals: { [`aws:ResourceTag/${OWNER_KEY}`]: owner } },
    };
  return { resources: services };
}

function anyService(reach: Reach): readonly string[] {
  const owners = reach.namespaces.map((one) => (one.kind === "known" ? one.account : reach.account));
  return [...new Set(owners)].map((owner) => servicesOf(owner, reach));
}

function servicesOf(owner: string, { partition, region }: Reach): string {
  return `arn:${partition}:servicediscovery:${region}:${owner}:service/*`;
}

function anyNamespace(reach: Reach): string {
  return namespaceArn("*", reach);
}

function namespaceArn(id: string, { partition, region, account }: Reach): string {
  return `arn:${partition}:servicediscovery:${region}:${account}:namespace/${id}`;
}

/** Namespaces that other accounts share, which no wildcard of ours covers. */
function foreign(arns: readonly string[], reach: Reach): readonly string[] {
  const accounts = new Map(
    reach.namespaces.flatMap((one) => (one.kind === "known" ? [[one.arn, one.account] as const] : [])),
  );
  return arns.filter((arn) => accounts.get(arn) !== reach.account);
}
