import { OWNER_KEY, PART_KEY } from "../functions/core/attributes.ts";
import { Annotations, Stack, Token } from "aws-cdk-lib/core";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { isNamespaceArn, mayBeNamespaceId } from "../functions/core/namespace-names.ts";
import type { Configuration } from "../functions/core/settings.ts";
import { namespacesOf } from "./namespaces.ts";
import type { NamespaceReach, Reach } from "./permissions.ts";
import type { CloudMapSyncProps, SyncNamespace } from "./props.ts";
import { writableServices } from "./services.ts";
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
  const given = namespacesOf(props);
  const namespaces = reachableOf(scope, given, names);
  const services = writableServices(props) ?? "any";
  const owner =
    props.rights?.owner ?? settings?.owner ?? `arn:${partition}:eks:${region}:${account}:cluster/${cluster}`;
  const createServices = props.rights?.createServices ?? settings?.createServices ?? true;
  warn(scope, services, namespaces);
  const adopts = Object.values(settings?.adopt ?? {}).some((how) => how !== "off");
  if (services === "tagged" && (adopts || !createServices)) tellOfTags(scope, owner);
  return {
    partition,
    region,
    account,
    cluster,
    owner,
    parameterArn,
    turnArn,
    queueArn: queue.queueArn,
    namespaces,
    named: namedOf(given, names),
    services,
    createServices,
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
function reachableOf(
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
      'the functions may write the instances of every Cloud Map service of this account and region; list them in `services`, or set it to "tagged"',
    );
  const byName = namespaces.flatMap((one) => (one.kind === "unresolved" ? (readable(one.name) ?? "a namespace") : []));
  if (byName.length > 0)
    annotations.addWarningV2(
      "eks-cloudmap-sync:anyNamespace",
      `${byName.join(", ")}: known by its name alone, a namespace cannot be looked up at synth, so the functions may create services in any namespace, and write records of its name in any hosted zone; give its \`id\`, \`name\`, \`type\` and \`hostedZoneId\` in the construct's \`namespaces\`, or all four with \`cdk deploy -c namespaces=shop.local/ns-0123456789abcdef/DNS_PRIVATE/Z0123456789ABC\``,
    );
  // Those of the prop come first.
  const anyZone = namespaces.flatMap((one, index) =>
    one.kind === "known" && one.hostedZone === "*"
      ? (readable(one.name) ?? readable(one.arn) ?? `\`namespaces[${index}]\``)
      : [],
  );
  if (anyZone.length > 0)
    annotations.addWarningV2(
      "eks-cloudmap-sync:anyHostedZone",
      `${anyZone.join(", ")}: its hosted zone is not known, so that the functions may write records in any; give its \`id\`, \`type\` and \`hostedZoneId\` in \`namespaces\` (one that is imported into the app does not know its zone)`,
    );
}

/** What may stand in a message: nothing is known yet of what the deployment makes. */
function readable(value: string | undefined): string | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

/** Existing services are refused until they are tagged, and no dry-run shows it. */
function tellOfTags(scope: Construct, owner: string): void {
  const value = Token.isUnresolved(owner) ? "CLUSTER_ARN" : owner;
  Annotations.of(scope).addWarningV2(
    "eks-cloudmap-sync:untagged",
    `with \`services: "tagged"\` the functions cannot write a service that this tool did not create until it carries the owner's tag, which a dry run does not show: \`doctor\` names each that lacks it, or run \`aws servicediscovery tag-resource --resource-arn SERVICE_ARN --tags Key=${OWNER_KEY},Value=${value}\``,
  );
}

function isId(name: string): boolean {
  return mayBeNamespaceId(name) || isNamespaceArn(name);
}
