import { groupVersionOf, isBuiltIn, storageOf } from "./objects.ts";
import type { KubernetesObject, Resource } from "./objects.ts";
import { parseSelectors } from "./selectors.ts";
import { badRequest, expiredContinue, StatusError } from "./status.ts";
import type { Entry } from "./store.ts";
import { tableOf } from "./table.ts";
import type { TableOptions } from "./table.ts";
import type { KubernetesWorld } from "./world.ts";

type Page = {
  readonly items: readonly KubernetesObject[];
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
};

export function answerList(
  world: KubernetesWorld,
  resource: Resource,
  namespace: string,
  query: URLSearchParams,
  table: TableOptions | undefined,
): Response {
  const { items, metadata } = pageOf(world, resource, namespace, query);
  if (table) return Response.json(tableOf(resource, items, metadata, world.now(), table));
  const head = JSON.stringify({ kind: `${resource.kind}List`, apiVersion: groupVersionOf(resource), metadata });
  const body = `${head.slice(0, -1)},"items":[${items.map((item) => itemJson(resource, item)).join(",")}]}`;
  return new Response(body, { headers: { "content-type": "application/json" } });
}

/** One page of the objects as they were when the first page was read. */
export function pageOf(world: KubernetesWorld, resource: Resource, namespace: string, query: URLSearchParams): Page {
  const matches = parseSelectors(resource, query);
  const limit = parseLimit(query.get("limit"));
  const { version, start } = positionOf(world, query);
  const all = world.store.entriesAt(storageOf(resource), version);
  const prefix = namespace === "" ? "" : `${namespace}/`;
  const begin = Math.max(
    countBefore(all, (key) => key < prefix),
    countBefore(all, (key) => key <= start),
  );
  const end = countBefore(all, (key) => key < prefix || key.startsWith(prefix));
  const entries = all.slice(begin, end);
  const items: KubernetesObject[] = [];
  let read = 0;
  let last = "";
  for (const [key, object] of entries) {
    if (items.length === limit) break;
    read += 1;
    last = key;
    if (!matches || matches(object)) items.push(object);
  }
  const rest = entries.length - read;
  // As on the real server: what is left is told only where no selector makes it a guess.
  const more = rest > 0 && (!matches || entries.slice(read).some(([, object]) => matches(object)));
  return {
    items,
    metadata: {
      resourceVersion: String(version),
      ...(more ? { continue: writeToken({ version, start: last }) } : lastToken(resource)),
      ...(more && !matches ? { remainingItemCount: rest } : {}),
    },
  };
}

/** How many entries, which are in order, come before the first of which `isBefore` is not true. */
function countBefore(entries: readonly Entry[], isBefore: (key: string) => boolean): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const [key = ""] = entries[middle] ?? [];
    if (isBefore(key)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last page of a custom resource has an empty token, that of a built-in one none. */
const lastToken = (resource: Resource) => (isBuiltIn(resource) ? {} : { continue: "" });

/** Where the list begins, and of which version. */
function positionOf(world: KubernetesWorld, query: URLSearchParams): Position {
  const current = world.store.resourceVersion();
  const token = query.get("continue") ?? "";
  const asked = query.get("resourceVersion") ?? "";
  if (token !== "") {
    if (asked !== "" && asked !== "0") {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    const { version, start } = readToken(token);
    if (version === -1) return { version: current, start };
    if (world.options.expireContinue === true || version < world.store.oldestVersion()) {
      throw expiredContinue(writeToken({ version: -1, start }));
    }
    return { version, start };
  }
  if (asked === "" || asked === "0") return { version: current, start: "" };
  if (parseVersion(asked) === undefined) throw badRequest(`invalid resource version: ${invalidVersion(asked)}`);
  return { version: current, start: "" };
}

/** `start` is the last key read; version -1 goes on in what there is now. */
type Position = { readonly version: number; readonly start: string };

function writeToken({ version, start }: Position): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: version, start: `${start}\0` })).toString("base64url");
}

function readToken(token: string): Position {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, "base64url").toString()) as { rv: number; start: string };
    return { version: rv, start: start.replace(/\0$/, "") };
  } catch (error) {
    throw badRequest(`invalid continue token: continue key is not valid: ${(error as Error).message}`);
  }
}

function parseLimit(text: string | null): number {
  if (text === null || text === "") return Infinity;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text) > 0 ? Number(text) : Infinity;
}

/** undefined where it is not one. */
export const parseVersion = (text: string) => (/^\d+$/.test(text) ? Number(text) : undefined);

const invalidVersion = (text: string) =>
  `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;

/** A watch's answer to a version that is none: as the real server has it, 500 and without a reason. */
export const invalidWatchVersion = (text: string) => new StatusError(500, "", invalidVersion(text));

const itemJsons = new WeakMap<KubernetesObject, string>();

/** Items of built-in lists carry no kind and apiVersion; custom resources do. The text is kept: large lists are read again and again. */
function itemJson(resource: Resource, item: KubernetesObject): string {
  const known = itemJsons.get(item);
  if (known !== undefined && isBuiltIn(resource)) return known;
  const { kind, apiVersion: _stored, ...rest } = item;
  if (!isBuiltIn(resource)) return JSON.stringify({ apiVersion: groupVersionOf(resource), kind, ...rest });
  const json = JSON.stringify(rest);
  itemJsons.set(item, json);
  return json;
}
