import { Duration } from "aws-cdk-lib/core";
import { InputError } from "../functions/core/errors.ts";
import { nearest } from "../functions/core/nearest.ts";
import { readDocumentFile } from "./document-file.ts";
import type { CloudMapSyncProps } from "./props.ts";

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
 * | services    | `tagged`, or ARNs with commas between them                                            |
 * | dashboard   | `false`: none                                                                         |
 */
const OPTIONS = ["schedule", "watch", "auditLog", "access", "accessEntry", "services", "dashboard"] as const;
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
  const services = text("services");
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
    ...(services === undefined ? {} : { services: services === "tagged" ? services : services.split(",") }),
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
  return { vpc, subnets: subnets.split(",").map((id) => id.trim()), clusterSecurityGroup };
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
  const known: readonly string[] = [...OPTIONS, "vpc"];
  const unknown = [...given.keys()].filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new InputError(`unknown: ${unknown.join(", ")}; the options are ${known.join(", ")}`);
  return { ...optionsFromContext((key) => given.get(key)), inVpc: isOn("vpc", given.get("vpc"), false) };
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
  return {
    cluster,
    configuration: read?.configuration ?? { namespaces: namespacesOf(text("namespace")) },
    ...optionsFromContext(context),
  };
}

function namespacesOf(names: string | undefined): readonly string[] {
  if (names === undefined) throw new InputError("no Cloud Map namespace: -c namespace=NAME, or -c config=FILE");
  return names.split(",").map((name) => name.trim());
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
