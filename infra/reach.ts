import { PART_KEY } from "../functions/core/attributes.ts";
import { Annotations, Stack, Token } from "aws-cdk-lib/core";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { isNamespaceArn, mayBeNamespaceId } from "../functions/core/namespace-names.ts";
import type { Configuration } from "../functions/core/settings.ts";
import type { NamespaceReach, Reach } from "./permissions.ts";
import type { CloudMapSyncProps, SyncNamespace } from "./props.ts";
import { clusterNameOf } from "./validate.ts";

type Parts = {
  readonly props: CloudMapSyncProps;
  /** Undefined: the document is in a parameter of the user's own. */
  readonly settings: Configuration | undefined;
  readonly parameterArn: string;
  readonly turnArn: string;
  readonly queue: IQueue;
  readonly key: IKey | undefined;
};

/** What the functions may reach; warns about what is wider than it could be. */
export function reachOf(scope: Construct, { props, settings, parameterArn, turnArn, queue, key }: Parts): Reach {
  const { partition, region, account } = Stack.of(scope);
  const cluster = clusterNameOf(props);
  const names = settings?.namespaces;
  const namespaces = namespacesOf(scope, props.namespaces ?? [], names);
  const services = props.services ?? "any";
  warn(scope, services, namespaces);
  return {
    partition,
    region,
    account,
    cluster,
    owner: props.rights?.owner ?? settings?.owner ?? `arn:${partition}:eks:${region}:${account}:cluster/${cluster}`,
    parameterArn,
    turnArn,
    queueArn: queue.queueArn,
    namespaces,
    named: namedOf(props.namespaces ?? [], names),
    services,
    createServices: props.rights?.createServices ?? settings?.createServices ?? true,
    tagKeys: props.rights?.tagKeys ?? [PART_KEY, ...Object.keys(settings?.services.tags ?? {})],
    deleteServices: props.rights?.deleteServices ?? settings?.deleteServices ?? false,
    loadBalancers: props.rights?.loadBalancers ?? (settings?.sources["services"] ?? false) !== false,
    ec2: props.rights?.ec2 ?? settings?.nodes.ec2 ?? false,
    keyArn: key?.keyArn,
  };
}

/** What is known at deployment only may be either; so may what looks like an id, unless the prop has it as one. */
function namedOf(given: readonly SyncNamespace[], names: readonly string[] | undefined): Reach["named"] {
  if (names === undefined) return { byName: true, byId: true, ids: [] };
  const texts = names.filter((name) => !Token.isUnresolved(name));
  const isOpen = texts.length < names.length;
  const ids = texts.filter(mayBeNamespaceId);
  return {
    byName: isOpen || texts.some((name) => !isNamespaceArn(name) && !given.some(({ id }) => id === name)),
    byId: isOpen || texts.some((name) => isNamespaceArn(name) || mayBeNamespaceId(name)),
    ids,
  };
}

/**
 * Those of the prop; those that the configuration calls by id or ARN, of which no more is known than where they are; those
 * that it calls by their names, of which nothing else is; and one of which nothing is, where it is not known itself.
 */
function namespacesOf(
  scope: Construct,
  given: readonly SyncNamespace[],
  names: readonly string[] | undefined,
): readonly NamespaceReach[] {
  const known = given.map((namespace) => knownNamespace(scope, namespace));
  if (names === undefined) return known.length > 0 ? known : [{ kind: "unresolved", name: undefined }];
  const others = names.filter((called) => !given.some(({ id, name }) => id === called || name === called));
  return [
    ...known,
    ...others.map((called) =>
      Token.isUnresolved(called) || !isId(called)
        ? ({ kind: "unresolved", name: called } as const)
        : // As wide as any: of a DNS namespace whose zone is not known.
          knownNamespace(scope, { id: called, type: "DNS_PUBLIC" }),
    ),
  ];
}

function knownNamespace(
  scope: Construct,
  { id, name, type, hostedZoneId, healthChecks }: SyncNamespace,
): NamespaceReach {
  const { partition, region, account } = Stack.of(scope);
  const isArn = isNamespaceArn(id);
  return {
    kind: "known",
    name,
    arn: isArn ? id : `arn:${partition}:servicediscovery:${region}:${account}:namespace/${id}`,
    account: isArn ? (id.split(":")[4] ?? account) : account,
    hostedZone: type === "HTTP" ? undefined : (hostedZoneId ?? "*"),
    healthChecks: healthChecks ?? true,
  };
}

function warn(scope: Construct, services: Reach["services"], namespaces: readonly NamespaceReach[]): void {
  const annotations = Annotations.of(scope);
  const { account } = Stack.of(scope);
  if (services === "tagged" && namespaces.some((one) => one.kind === "known" && one.account !== account))
    annotations.addWarningV2(
      "eks-cloudmap-sync:sharedTags",
      'in a namespace that another account shares services can rarely be tagged, and with `services: "tagged"` untagged ones cannot be written; set `services` to their ARNs, which its owner can tell',
    );
  if (services === "any")
    annotations.addWarningV2(
      "eks-cloudmap-sync:anyService",
      'the functions may write the instances of every Cloud Map service of this account and region; set `services` to their ARNs or to "tagged"',
    );
  if (namespaces.some(({ kind }) => kind === "unresolved"))
    annotations.addWarningV2(
      "eks-cloudmap-sync:anyNamespace",
      "a namespace that is known by its name alone cannot be looked up at synth, so the functions may create services in any namespace, and write records of its name in any hosted zone; set `namespaces` to its id, type and hosted zone",
    );
  if (namespaces.some((namespace) => namespace.kind === "known" && namespace.hostedZone === "*"))
    annotations.addWarningV2(
      "eks-cloudmap-sync:anyHostedZone",
      "a namespace without its type and `hostedZoneId` lets the functions write any hosted zone; set them in `namespaces`",
    );
}

function isId(name: string): boolean {
  return mayBeNamespaceId(name) || isNamespaceArn(name);
}
