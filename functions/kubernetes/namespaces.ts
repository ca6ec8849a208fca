import * as z from "zod";
import type { Connection } from "./connection.ts";
import { listAll } from "./lists.ts";
import { parseObject } from "./parse-object.ts";

const namespaceSchema = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });

/** The names of the Kubernetes namespaces. `until`: milliseconds since the epoch. Throws where they cannot be read. */
export function listNamespaceNames(connection: Connection, until: number): Promise<readonly string[]> {
  return listAll(connection, { what: "namespaces", path: "/api/v1/namespaces", project: projectName, until });
}

function projectName(item: unknown): string {
  return parseObject(namespaceSchema, item).metadata.name;
}
