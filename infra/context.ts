import { readFileSync } from "node:fs";
import { InputError, messageOf } from "../functions/core/errors.ts";
import { parseConfiguration } from "../functions/runtime/configuration.ts";
import type { CloudMapSyncProps, SyncConfiguration } from "./props.ts";

/** What the app is told on the command line: `-c key=value`. */
export type Context = (key: string) => unknown;

/**
 * | key       | means                                                                                   |
 * |-----------|-----------------------------------------------------------------------------------------|
 * | cluster   | the EKS cluster's name                                                                  |
 * | namespace | Cloud Map namespaces, with commas between them: where `config` is not given             |
 * | config    | a file with the configuration, as the CLI takes it; its `cluster` counts                |
 * | watch     | `true`: follow the pods                                                                 |
 * | auditLog  | `true`: subscribe to the audit log                                                      |
 * | access    | `view-policy` or `rbac`                                                                 |
 * | services  | `tagged`, or ARNs with commas between them                                              |
 *
 * Throws an InputError that says what is missing.
 */
export function propsFromContext(context: Context): CloudMapSyncProps {
  const text = (key: string) => textOf(context(key));
  const file = text("config");
  const read = file === undefined ? undefined : readConfiguration(file, text("cluster"));
  const cluster = text("cluster") ?? read?.cluster;
  if (cluster === undefined) throw new InputError("no cluster: -c cluster=NAME, or -c config=FILE with one");
  const services = text("services");
  const access = text("access") ?? "view-policy";
  if (access !== "view-policy" && access !== "rbac")
    throw new InputError(`-c access=${access}: write view-policy or rbac`);
  return {
    cluster,
    configuration: read?.document ?? { namespaces: namespacesOf(text("namespace")) },
    watch: isOn("watch", text("watch")),
    auditLog: isOn("auditLog", text("auditLog")),
    access,
    ...(services === undefined ? {} : { services: services === "tagged" ? services : services.split(",") }),
  };
}

function readConfiguration(file: string, cluster: string | undefined) {
  try {
    const { cluster: named, ...settings } = parseConfiguration(readFileSync(file, "utf8"), file, cluster);
    return { cluster: named, document: settings as SyncConfiguration };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`-c config=${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function namespacesOf(names: string | undefined): readonly string[] {
  if (names === undefined) throw new InputError("no Cloud Map namespace: -c namespace=NAME, or -c config=FILE");
  return names.split(",").map((name) => name.trim());
}

function isOn(key: string, value: string | undefined): boolean {
  if (value === undefined || value === "false") return false;
  if (value === "true") return true;
  throw new InputError(`-c ${key}=${value}: write true or false`);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : typeof value === "boolean" ? String(value) : undefined;
}
