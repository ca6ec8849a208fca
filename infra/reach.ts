import { Annotations, Stack, Token } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { Configuration } from "../functions/core/settings.ts";
import type { NamespaceReach, Reach } from "./permissions.ts";
import type { CloudMapSyncProps, SyncNamespace } from "./props.ts";
import { clusterNameOf } from "./validate.ts";

type Parts = {
  readonly props: CloudMapSyncProps;
  /** Undefined: the document is in a parameter of the user's own. */
  readonly settings: Configuration | undefined;
  readonly parameterArn: string;
  readonly queue: IQueue;
  readonly key: IKey | undefined;
};

/** What the functions may reach; warns about what is wider than it could be. */
export function reachOf(scope: Construct, { props, settings, parameterArn, queue, key }: Parts): Reach {
  const { partition, region, account } = Stack.of(scope);
  const cluster = clusterNameOf(props);
  const names = settings?.namespaces;
  const namespaces = namespacesOf(scope, props.namespaces ?? [], names);
  const services = props.services ?? "any";
  warn(scope, services === "any", namespaces);
  return {
    partition,
    region,
    account,
    cluster,
    owner: props.rights?.owner ?? settings?.owner ?? `arn:${partition}:eks:${region}:${account}:cluster/${cluster}`,
    parameterArn,
    queueArn: queue.queueArn,
    namespaces,
    // What is known at deployment only may be either.
    named: {
      byName: names?.some((name) => Token.isUnresolved(name) || !isId(name)) ?? true,
      byId: names?.some((name) => Token.isUnresolved(name) || isId(name)) ?? true,
    },
    services,
    createServices: props.rights?.createServices ?? settings?.createServices ?? true,
    deleteServices: props.rights?.deleteServices ?? settings?.deleteServices ?? false,
    ec2: props.rights?.ec2 ?? settings?.nodes.ec2 ?? false,
    keyArn: key?.keyArn,
  };
}

/**
 * Those of the prop; those that the configuration calls by id or ARN, of which no more is known than where they are; and one
 * that nothing is known of, where it calls others by their names, or is not known itself.
 */
function namespacesOf(
  scope: Construct,
  given: readonly SyncNamespace[],
  names: readonly string[] | undefined,
): readonly NamespaceReach[] {
  const known = given.map((namespace) => knownNamespace(scope, namespace));
  if (names === undefined) return known.length > 0 ? known : [{ kind: "unresolved" }];
  const others = names.filter((called) => !given.some(({ id, name }) => id === called || name === called));
  const called = others.filter((name) => !Token.isUnresolved(name) && isId(name));
  return [
    ...known,
    // As wide as any: of a DNS namespace whose zone is not known, with health checks.
    ...called.map((id) => knownNamespace(scope, { id, type: "DNS_PUBLIC" })),
    ...(called.length < others.length ? [{ kind: "unresolved" } as const] : []),
  ];
}

function knownNamespace(scope: Construct, { id, type, hostedZoneId, healthChecks }: SyncNamespace): NamespaceReach {
  const { partition, region, account } = Stack.of(scope);
  const isArn = id.startsWith("arn:");
  return {
    kind: "known",
    arn: isArn ? id : `arn:${partition}:servicediscovery:${region}:${account}:namespace/${id}`,
    account: isArn ? (id.split(":")[4] ?? account) : account,
    hostedZone: type === "HTTP" ? undefined : (hostedZoneId ?? "*"),
    healthChecks: healthChecks ?? type === "DNS_PUBLIC",
  };
}

function warn(scope: Construct, isAnyService: boolean, namespaces: readonly NamespaceReach[]): void {
  const annotations = Annotations.of(scope);
  if (isAnyService)
    annotations.addWarningV2(
      "eks-cloudmap-sync:anyService",
      'the functions may write the instances of every Cloud Map service of this account and region; set `services` to their ARNs or to "tagged"',
    );
  if (namespaces.some(({ kind }) => kind === "unresolved"))
    annotations.addWarningV2(
      "eks-cloudmap-sync:anyNamespace",
      "a namespace that is known by its name alone cannot be looked up at synth, so the functions may create services in any namespace and write any hosted zone; set `namespaces` to its id, type and hosted zone",
    );
  if (namespaces.some((namespace) => namespace.kind === "known" && namespace.hostedZone === "*"))
    annotations.addWarningV2(
      "eks-cloudmap-sync:anyHostedZone",
      "a namespace whose type and `hostedZoneId` are not told lets the functions write any hosted zone; set them in `namespaces`",
    );
}

function isId(name: string): boolean {
  return name.startsWith("ns-") || name.startsWith("arn:");
}
