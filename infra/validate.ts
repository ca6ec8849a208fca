import { Token } from "aws-cdk-lib/core";
import type { IStringParameter } from "aws-cdk-lib/aws-ssm";
import { CLAIMS_NOTHING, claimsNothing } from "../functions/core/claims-nothing.ts";
import { InputError, messageOf } from "../functions/core/errors.ts";
import { mayBeNamespaceId } from "../functions/core/namespace-names.ts";
import { nearest } from "../functions/core/nearest.ts";
import type { Configuration } from "../functions/core/settings.ts";
import { asksForNodes } from "../functions/mappings/configuration.ts";
import { MAX_PARAMETER_BYTES } from "../functions/runtime/configuration/document-size.ts";
import { checkConfiguration } from "../functions/runtime/configuration/document.ts";
import { withoutTokens, withStandIns } from "./deploy-time.ts";
import { namespacesOf } from "./namespaces.ts";
import type { CloudMapSyncProps } from "./props.ts";
import { shapeProblems } from "./prop-shapes.ts";
import { writableServices } from "./services.ts";
import type { SyncConfiguration } from "./sync-configuration.ts";

/** What stands before the id in a namespace's ARN. */
const NAMESPACE_ARN = /^arn:[^:]+:servicediscovery:[^:]+:\d{12}:namespace\//;

const SERVICE_ARN = /^arn:[^:]+:servicediscovery:[^:]+:\d{12}:service\/srv-[a-z0-9]+$/;

/** A document with its defaults, and the text that is stored. */
export type CheckedDocument = { readonly settings: Configuration; readonly document: object };

/** Props whose types are as declared; without those whose types are not. */
type Sound = Partial<CloudMapSyncProps>;

/**
 * Checks the props together. Returns the document, or undefined for a parameter of the user's own. Throws an InputError that lists everything that
 * is wrong.
 */
export function validateProps(props: CloudMapSyncProps): CheckedDocument | undefined {
  const wrong = shapeProblems(props);
  const sound: Sound = Object.fromEntries(Object.entries(props).filter(([name]) => !wrong.has(name)));
  const problems = [...[...wrong.values()].flat(), ...propProblems(sound)];
  const checked = checkDocument(sound, problems, wrong.has("namespaces") ? [UNKNOWN] : undefined);
  if (problems.length > 0) throw new InputError(withoutTokens(`CloudMapSync: ${problems.join("\n")}`));
  return checked;
}

export function isParameter(configuration: SyncConfiguration | IStringParameter): configuration is IStringParameter {
  return "parameterName" in configuration;
}

export function clusterNameOf({ cluster }: Pick<CloudMapSyncProps, "cluster">): string {
  return typeof cluster === "string" ? cluster : cluster.clusterName;
}

/** In minutes; undefined where they do not divide an hour. */
export function scheduleMinutes({ schedule }: Pick<CloudMapSyncProps, "schedule">): number | undefined {
  const minutes = schedule === undefined ? 1 : schedule.toSeconds() / 60;
  return Number.isInteger(minutes) && minutes > 0 && 60 % minutes === 0 ? minutes : undefined;
}

/** Stands for a name that is not known, or has the wrong type, where the rest of a document is checked. */
const UNKNOWN = "unknown";

const NO_NAMESPACES =
  'no Cloud Map namespace is named; write `configuration: { namespaces: ["shop.local"] }`, or give the prop `namespaces`, which narrows the rights too';

function checkDocument(
  props: Sound,
  problems: string[],
  ids: readonly string[] = namespacesOf(props).map(({ id }) => id),
): CheckedDocument | undefined {
  const { configuration, cluster: given = UNKNOWN } = props;
  if (configuration === undefined || isParameter(configuration)) return undefined;
  const isGiven = configuration.namespaces !== undefined || ids.length > 0;
  if (!isGiven) problems.push(NO_NAMESPACES);
  const document = { ...configuration, namespaces: configuration.namespaces ?? (isGiven ? ids : [UNKNOWN]) };
  try {
    const cluster = clusterNameOf({ cluster: given });
    // A name that is known at deployment only has no text to check yet.
    const settings = checkConfiguration(
      { ...withStandIns(document), cluster: Token.isUnresolved(cluster) ? UNKNOWN : cluster },
      "`configuration`",
    );
    problems.push(
      ...(claimsNothing(settings) ? [`\`configuration\`: ${CLAIMS_NOTHING}`] : []),
      ...(props.cluster === undefined ? [] : clusterProblems(cluster, document)),
      ...namespaceProblems(props, settings),
      ...addressProblems(props, settings),
      ...sizeProblems(document),
    );
    return { settings, document };
  } catch (error) {
    problems.push(messageOf(error));
    return undefined;
  }
}

function* propProblems(props: Sound): Generator<string> {
  const { vpc, vpcSubnets, securityGroups, clusterSecurityGroup, memory, watchMemory } = props;
  if (props.cluster !== undefined && clusterNameOf({ cluster: props.cluster }).trim() === "")
    yield "`cluster` is empty; write the EKS cluster's name";
  const minutes = scheduleMinutes(props);
  if (minutes === undefined)
    yield "`schedule` must be whole minutes that divide an hour (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60), so that passes for orphans fall on its minutes";
  if (vpc === undefined && [vpcSubnets, securityGroups, clusterSecurityGroup].some((given) => given !== undefined))
    yield "`vpcSubnets`, `securityGroups` and `clusterSecurityGroup` need `vpc`; set it, or leave them out";
  for (const [name, value] of Object.entries({ memory, watchMemory }))
    if (value !== undefined && (!Number.isInteger(value) || value < 128 || value > 10_240))
      yield `\`${name}\` is ${value}; write whole MB from 128 to 10240`;
  for (const { id, type, hostedZoneId } of namespacesOf(props)) {
    if (!Token.isUnresolved(id) && !mayBeNamespaceId(id.replace(NAMESPACE_ARN, "")))
      yield `\`namespaces\` has the id ${JSON.stringify(id)}; write ns-…, or the ARN of a shared namespace; its name goes to \`name\``;
    if (type === "HTTP" && hostedZoneId !== undefined)
      yield `the HTTP namespace ${id} has no hosted zone; leave \`hostedZoneId\` out`;
  }
  yield* serviceProblems(props);
  yield* alarmProblems(props, minutes ?? 1);
}

function* serviceProblems(props: Sound): Generator<string> {
  const services = writableServices(props);
  if (services === undefined || services === "tagged") return;
  if (services.length === 0)
    yield '`services` is empty, so that nothing could be written; list ARNs, or write "tagged"';
  for (const arn of services)
    if (!Token.isUnresolved(arn) && !SERVICE_ARN.test(arn))
      yield `\`services\` has ${JSON.stringify(arn)}; write ARNs like arn:aws:servicediscovery:eu-west-1:111122223333:service/srv-abc, services of CDK, or "tagged" in place of the list`;
}

function* alarmProblems({ alarms }: Sound, minutes: number): Generator<string> {
  if (alarms === undefined || alarms === false) return;
  for (const [name, value] of Object.entries(alarms))
    if (typeof value === "number" && (!Number.isInteger(value) || value < 1))
      yield `\`alarms.${name}\` is ${value}; write a whole number above 0`;
  // CloudWatch's alarms look back one day at most.
  const passes = Math.floor(1440 / minutes);
  if ((alarms.driftPasses ?? 0) > passes) yield `\`alarms.driftPasses\` spans more than a day; write at most ${passes}`;
  if ((alarms.failingPasses ?? 0) > 6)
    yield `\`alarms.failingPasses\` is ${alarms.failingPasses}; write at most 6: so many passes are looked back on`;
  const { silentMinutes, largestService = 900 } = alarms;
  if (largestService < 500 || largestService > 1000)
    yield `\`alarms.largestService\` is ${largestService}; write 500 to 1000: smaller services are not counted, and larger ones cannot be`;
  if (silentMinutes !== undefined && (silentMinutes < 2 * minutes || silentMinutes > 1440))
    yield `\`alarms.silentMinutes\` is ${silentMinutes}; write ${2 * minutes} to 1440: one missed pass is no silence`;
}

/** Its type has no cluster; a document that was read from a file may. */
function clusterProblems(cluster: string, document: object): readonly string[] {
  const own: unknown = "cluster" in document ? document.cluster : undefined;
  if (typeof own !== "string" || own === cluster || Token.isUnresolved(cluster) || Token.isUnresolved(own)) return [];
  return [
    `\`cluster\` is ${JSON.stringify(cluster)}, but \`configuration.cluster\` is ${JSON.stringify(own)}; take it out of the configuration, or make them the same`,
  ];
}

function namespaceProblems(props: Sound, { namespaces: called }: Configuration): readonly string[] {
  return namespacesOf(props).flatMap(({ id, name }, index) => {
    if (called.includes(id)) return [];
    if (name === undefined)
      return [
        `\`namespaces\` has ${id}, but \`configuration.namespaces\` does not call it so; add it there, or give its \`name\``,
      ];
    if (called.includes(name)) return [];
    const remedy = nearest(name, called) === undefined ? "write it there, too" : "make the two the same";
    return [
      `\`namespaces[${index}].name\` is ${JSON.stringify(name)}, but \`configuration.namespaces\` has ${called.join(", ")}; ${remedy}`,
    ];
  });
}

/** The view policy does not show nodes; how rights of one's own are given is not known here. */
function addressProblems(
  { access = "view-policy", accessEntry = true }: Sound,
  settings: Configuration,
): readonly string[] {
  return accessEntry && access === "view-policy" && asksForNodes(settings)
    ? [
        '`address: node` needs nodes that can be read, which EKS\'s view policy does not show; set `access: "rbac"` and apply infra/rbac.yaml with kubectl',
      ]
    : [];
}

function sizeProblems(document: object): readonly string[] {
  const bytes = Buffer.byteLength(JSON.stringify(document));
  return bytes <= MAX_PARAMETER_BYTES
    ? []
    : [
        `\`configuration\` has ${bytes} bytes of the ${MAX_PARAMETER_BYTES} that an SSM parameter holds; let Services claim their pods by annotation instead (docs/configuration.md, \`sources.services\`)`,
      ];
}
