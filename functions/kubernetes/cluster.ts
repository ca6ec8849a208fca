import * as z from "zod";
import { messageOf } from "../core/errors.ts";
import { queryKey } from "../core/model.ts";
import type { KeepLabels, Pod, PodQuery, Read } from "../core/model.ts";
import type { Cluster, ListObjects, NodesRead, Resource } from "../core/ports.ts";
import { settle } from "../core/settle.ts";
import type { Connection, Limits } from "./connection.ts";
import { ApiError, listAll, readObject } from "./lists.ts";
import type { List } from "./lists.ts";
import { NODE_FIELDS, projectNode } from "./nodes.ts";
import { createPodMemory } from "./pod-memory.ts";
import type { PodMemory } from "./pod-memory.ts";
import { POD_FIELDS } from "./pods.ts";

/** Lists of pods under way at once. */
const MAX_CONCURRENT = 4;

/** What a cluster's API server tells. */
export function createKubernetes(
  connection: Connection,
): Omit<Cluster, "listMappings"> & { readonly listObjects: ListObjects } {
  const memory = createPodMemory();
  return {
    listPods: async (queries, until, keep) => {
      const reads = new Map<string, Read<readonly Pod[]>>();
      const pending = [...new Map(queries.map((query) => [queryKey(query), query]))];
      const work = async () => {
        for (let next = pending.shift(); next !== undefined; next = pending.shift())
          reads.set(next[0], await readPods(connection, memory, next[1], keep, { until }));
      };
      await Promise.all(Array.from({ length: MAX_CONCURRENT }, work));
      return reads;
    },
    listNodes: (until) => readNodes(connection, { until }),
    hasAnyPod: async (namespaces, until) => {
      const any = { project: projectAny, first: 1, until };
      try {
        return (await listAll(connection, { what: "pods of the cluster", path: "/api/v1/pods", ...any })).length > 0;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 403) throw error;
      }
      for (const namespace of namespaces) {
        const list = { what: `pods of ${namespace}`, path: podsPath(namespace), ...any };
        const found = await listAll(connection, list);
        if (found.length > 0) return true;
      }
      return false;
    },
    listObjects: (resource, until) => listObjects(connection, resource, { until }),
  };
}

async function readPods(
  connection: Connection,
  { recall, project }: PodMemory,
  query: PodQuery,
  keep: KeepLabels | undefined,
  limits: Limits,
): Promise<Read<readonly Pod[]>> {
  const parameters = new URLSearchParams();
  if (query.labelSelector !== "") parameters.set("labelSelector", query.labelSelector);
  if (query.name !== undefined) parameters.set("fieldSelector", `metadata.name=${query.name}`);
  const path = `${podsPath(query.namespace)}${parameters.size === 0 ? "" : `?${parameters.toString()}`}`;
  const what = `pods of namespace ${query.namespace}`;
  const list: List<Pod> = {
    what,
    path,
    fields: POD_FIELDS,
    project: (item, text) => project(item, text, keep),
    recall,
    ...limits,
  };
  return settle(() => listAll(connection, list));
}

function podsPath(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
}

function projectAny(item: unknown): unknown {
  return item;
}

async function readNodes(connection: Connection, limits: Limits): Promise<NodesRead> {
  try {
    const projection = { fields: NODE_FIELDS, project: projectNode };
    const nodes = await listAll(connection, { what: "nodes", path: "/api/v1/nodes", ...projection, ...limits });
    return { state: "read", nodes: new Map(nodes.map((node) => [node.name, node])) };
  } catch (error) {
    const warning = `${messageOf(error)}; instances keep the zones that they have, new ones get none (grant \`list\` on nodes, or set \`nodes.zones: false\`)`;
    const isForbidden = error instanceof ApiError && error.status === 403;
    return { state: "unreadable", warning, isFailure: !isForbidden };
  }
}

const versionSchema = z.looseObject({ resources: z.array(z.looseObject({ name: z.string() })) });

/** Discovery needs no right of its own: what is served but forbidden is told from what is not served. */
async function listObjects(
  connection: Connection,
  { group, versions, plural }: Resource,
  limits: Limits,
): ReturnType<ListObjects> {
  const kind = group === "" ? plural : `${plural}.${group}`;
  for (const version of versions) {
    const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const served = versionSchema.safeParse(
      await readObject(connection, `what the cluster serves of ${kind}`, root, limits),
    );
    if (!served.success || !served.data.resources.some(({ name }) => name === plural)) continue;
    try {
      const list = { what: kind, path: `${root}/${plural}`, project: projectAny, ...limits };
      return { state: "read", version, objects: await listAll(connection, list) };
    } catch (error) {
      // Uninstalled between the two calls.
      if (error instanceof ApiError && error.status === 404) continue;
      throw error;
    }
  }
  return { state: "absent" };
}
