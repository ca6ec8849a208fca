import { Duration } from "aws-cdk-lib/core";
import { InputError } from "../functions/core/errors.ts";
import { nearest } from "../functions/core/nearest.ts";
import { readDocumentFile } from "./document-file.ts";
import { NAMESPACE_TYPES } from "./namespaces.ts";
import type { CloudMapSyncProps, SyncNamespace } from "./props.ts";

/** What the app is told on the command line: `-c key=value`. */
export type Context = (key: string) => unknown;

/**
 * Props that app and template share.
 *
 * | key         | means                                                                                 |
 * |-------------|---------------------------------------------------------------------------------------|
 * | schedule    | minutes between passes; default 1                                                     |
 * | watch       | `true`: follow the pods                                                               |
 * | auditLog    | `true`: subscribe to the audit log                                                    |
 * | access      | `view-policy` or `rbac`                                                               |
 * | accessEntry | `false`: print the lines for aws-auth instead                                         |
 * | namespaces  | `NAME/ID/TYPE/ZONE` each, with commas between them: rights end at these               |
 * | services    | `tagged`, or ARNs with commas between them                                            |
 * | dashboard   | `false`: none                                                                         |
 */
const OPTIONS = [
  "schedule",
  "watch",
  "auditLog",
  "access",
  "accessEntry",
  "namespaces",
  "services",
  "dashboard",
] as const;
export type Options = Pick<CloudMapSyncProps, (typeof OPTIONS)[number]>;

/** What the app takes with `-c`. */
export const KEYS = [
  "cluster",
  "namespace",
  "config",
  "alarmTopic",
  "vpc",
  "subnets",
  "clusterSecurityGroup",
  ...OPTIONS,
] as const;

/** Throws an InputError that says what is wrong. */
function optionsFromContext(context: Context): Options {
  const text = (key: (typeof OPTIONS)[number]) => textOf(context(key));
  const [namespaces, services] = [text("namespaces"), text("services")];
  const access = text("access") ?? "view-policy";
  if (access !== "view-policy" && access !== "rbac")
    throw new InputError(`access=${access}: write view-policy or rbac`);
  const schedule = text("schedule");
  const minutes = Number(schedule ?? 1);
  if (!Number.isInteger(minutes) || minutes < 1) throw new InputError(`schedule=${schedule}: write whole minutes`);
  return {
    schedule: Duration.minutes(minutes),
    watch: isOn("watch", text("watch"), false),
    auditLog: isOn("auditLog", text("auditLog"), false),
    access,
    accessEntry: isOn("accessEntry", text("accessEntry"), true),
    dashboard: isOn("dashboard", text("dashboard"), true),
    ...(namespaces === undefined ? {} : { namespaces: listOf(namespaces).map(parseNamespace) }),
    ...(services === undefined ? {} : { services: parseServices(services) }),
  };
}

function parseServices(text: string): "tagged" | readonly string[] {
  if (text === "tagged") return text;
  const arns = listOf(text);
  if (arns.every((arn) => arn.startsWith("arn:"))) return arns;
  throw new InputError(`services=${text}: write tagged, or the services' ARNs with commas between them`);
}

const NAMESPACE = /^(?<name>.+)\/(?<id>ns-[^/]+)\/(?<type>DNS_PRIVATE|DNS_PUBLIC|HTTP)(?:\/(?<zone>[^/]+))?$/;

function parseNamespace(text: string): SyncNamespace {
  const { name, id, type, zone } = NAMESPACE.exec(text)?.groups ?? {};
  if (name === undefined || id === undefined || (type !== "HTTP" && zone === undefined))
    throw new InputError(
      `namespaces=${text}: write its name, id, type and hosted zone, e.g. shop.local/ns-0123456789abcdef/DNS_PRIVATE/Z0123456789ABC, or shop.local/ns-0123456789abcdef/HTTP; a name alone belongs into the configuration, or to -c namespace`,
    );
  return {
    id,
    name,
    type: NAMESPACE_TYPES.find((one) => one === type) ?? "HTTP",
    ...(zone === undefined ? {} : { hostedZoneId: zone }),
  };
}

export type NetworkIds = {
  readonly vpc: string;
  readonly subnets: readonly string[];
  readonly clusterSecurityGroup: string | undefined;
};

/**
 * Where the functions run, by ids, so that nothing is looked up at synth:
 *
 * | key                  | means                                                          |
 * |----------------------|----------------------------------------------------------------|
 * | vpc                  | the VPC; without it the functions run in none                  |
 * | subnets              | its subnets, with commas between them                          |
 * | clusterSecurityGroup | the cluster's, which then admits the functions at port 443     |
 *
 * Throws an InputError that says what is wrong.
 */
export function networkFromContext(context: Context): NetworkIds | undefined {
  const [vpc, subnets, clusterSecurityGroup] = ["vpc", "subnets", "clusterSecurityGroup"].map((key) =>
    textOf(context(key)),
  );
  if (vpc === undefined) {
    if (subnets !== undefined || clusterSecurityGroup !== undefined)
      throw new InputError("`subnets` and `clusterSecurityGroup` need the VPC: -c vpc=vpc-…");
    return undefined;
  }
  if (subnets === undefined) throw new InputError(`vpc=${vpc}: name its subnets too: -c subnets=subnet-…,subnet-…`);
  return { vpc, subnets: listOf(subnets), clusterSecurityGroup };
}

/** Refuses keys of the app's whole context that mean nothing to it. Those of CDK itself have a `:`, `/` or `-`. Throws an InputError. */
export function refuseUnknownKeys(context: Readonly<Record<string, unknown>>): void {
  const problems = Object.keys(context)
    .filter((key) => /^\w+$/.test(key) && !KEYS.some((known) => known === key))
    .map((key) => {
      const near = nearest(key, KEYS);
      return `-c ${key}=… means nothing here; ${near === undefined ? `the keys are ${KEYS.join(", ")}` : `did you mean ${near}?`}`;
    });
  if (problems.length > 0) throw new InputError(problems.join("\n"));
}

/** `inVpc`: the VPC's ids become parameters of the template. */
export type TemplateOptions = Options & { readonly inVpc: boolean };

/** The template's options: `key=value`s of a program's own command line. Throws an InputError that says what is wrong. */
export function optionsFromArguments(args: readonly string[]): TemplateOptions {
  const given = new Map(args.map((arg) => [arg.split("=")[0] ?? "", arg.slice(arg.indexOf("=") + 1)]));
  const problems = [...given.keys()].filter((key) => !TEMPLATE_OPTIONS.includes(key)).map(notAnOption);
  if (problems.length > 0) throw new InputError(problems.join("\n"));
  const vpc = given.get("vpc");
  if (vpc?.startsWith("vpc-") === true)
    throw new InputError(`vpc=${vpc}: write vpc=true; the VPC's id is the template's parameter Vpc`);
  return { ...optionsFromContext((key) => given.get(key)), inVpc: isOn("vpc", vpc, false) };
}

export const TEMPLATE_OPTIONS: readonly string[] = [...OPTIONS, "vpc"];

/** What the app takes with `-c`, and the template when it is deployed. */
const PARAMETERS: Readonly<Record<string, string>> = {
  cluster: "ClusterName",
  config: "Configuration",
  namespace: "Configuration",
  alarmTopic: "AlarmTopicArn",
  subnets: "Subnets",
  clusterSecurityGroup: "ClusterSecurityGroup",
};

function notAnOption(key: string): string {
  const parameter = PARAMETERS[key];
  if (parameter !== undefined) return `${key}: is the template's parameter ${parameter}; give it when you deploy`;
  const near = nearest(key, TEMPLATE_OPTIONS);
  return `${key}: there is no such option; ${near === undefined ? `there are ${TEMPLATE_OPTIONS.join(", ")}` : `did you mean ${near}?`}`;
}

/**
 * The options, and
 *
 * | key         | means                                                                                 |
 * |-------------|---------------------------------------------------------------------------------------|
 * | cluster     | the EKS cluster's name                                                                |
 * | namespace   | Cloud Map namespaces, with commas between them: where `config` is not given           |
 * | config      | a file with the configuration, as the CLI takes it; its `cluster` counts              |
 *
 * Throws an InputError that says what is missing.
 */
export function propsFromContext(context: Context): CloudMapSyncProps {
  const text = (key: string) => textOf(context(key));
  const file = text("config");
  const read = file === undefined ? undefined : readDocumentFile(file, text("cluster"));
  const cluster = text("cluster") ?? read?.cluster;
  if (cluster === undefined) throw new InputError("no cluster: -c cluster=NAME, or -c config=FILE with one");
  // Those of the option `namespaces` are written by their ids.
  const isByIds = text("namespace") === undefined && text("namespaces") !== undefined;
  return {
    cluster,
    configuration: read?.configuration ?? (isByIds ? {} : { namespaces: namespacesOf(text("namespace")) }),
    ...optionsFromContext(context),
  };
}

function namespacesOf(names: string | undefined): readonly string[] {
  if (names === undefined) throw new InputError("no Cloud Map namespace: -c namespace=NAME, or -c config=FILE");
  return listOf(names);
}

function listOf(text: string): readonly string[] {
  return text.split(",").map((one) => one.trim());
}

function isOn(key: string, value: string | undefined, initially: boolean): boolean {
  if (value === undefined) return initially;
  if (value === "true" || value === "false") return value === "true";
  throw new InputError(`${key}=${value}: write true or false`);
}

/** The command line gives text, cdk.json also numbers and booleans. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}
