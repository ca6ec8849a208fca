import { isDeepStrictEqual } from "node:util";
import { groupVersionOf, isBuiltIn, isCustom, isRecord, isTerminating, keyOf, listAt, storageOf } from "./objects.ts";
import type { KubernetesObject, Resource } from "./objects.ts";
import { defaulted } from "./defaults.ts";
import { pageOf } from "./list.ts";
import { randomSuffix } from "./names.ts";
import { isProtobuf, readObject } from "./body.ts";
import { jsonPatch, mergePatch, strategicMergePatch } from "./patch.ts";
import {
  alreadyExists,
  badRequest,
  conflict,
  invalid,
  notFound,
  terminatingNamespace,
  unsupportedMediaType,
} from "./status.ts";
import type { KubernetesWorld } from "./world.ts";

/** What a request is for, once its path is understood. */
export type Target = {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
};

export async function answerCreate(world: KubernetesWorld, target: Target, request: Request): Promise<Response> {
  const { resource, namespace } = target;
  const body = await parseBody(request, resource);
  const metadata = isRecord(body["metadata"]) ? body["metadata"] : {};
  const { name: asked, generateName, namespace: written } = metadata;
  if (written !== undefined && written !== namespace && resource.namespaced) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  const name = asked ?? (typeof generateName === "string" ? generateName + randomSuffix() : "");
  if (typeof name !== "string" || name === "")
    throw invalid(resource, "", {
      reason: "FieldValueRequired",
      message: "Required value: name or generateName is required",
      field: "metadata.name",
    });
  if (namespace !== "") {
    const home = world.store.read("/namespaces", keyOf("", namespace));
    if (!home) throw notFound({ group: "", plural: "namespaces" }, namespace);
    if (isTerminating(home)) throw terminatingNamespace(resource, name, namespace);
  }
  if (world.store.read(storageOf(resource), keyOf(namespace, name))) throw alreadyExists(resource, name);
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _time, ...kept } = metadata;
  const created = {
    ...body,
    ...identity(resource),
    metadata: { ...kept, name, ...(namespace === "" ? {} : { namespace }) },
  };
  return shown(resource, commit(world, request, defaulted(created)), 201);
}

export async function answerUpdate(world: KubernetesWorld, target: Target, request: Request): Promise<Response> {
  const old = existing(world, target);
  return replace(world, target, request, old, await parseBody(request, target.resource));
}

export async function answerPatch(world: KubernetesWorld, target: Target, request: Request): Promise<Response> {
  const contentType = (request.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
  const patchTypes = patchTypesOf(target.resource);
  const patched = patchTypes.get(contentType);
  if (!patched) throw unsupportedMediaType([...patchTypes.keys()]);
  const old = existing(world, target);
  return replace(world, target, request, old, patched(old, await parseJson(request, target.resource)));
}

export async function answerDelete(world: KubernetesWorld, target: Target, request: Request): Promise<Response> {
  const { resource, namespace, name } = target;
  const object = existing(world, target);
  const options = await parseBody(request, resource);
  const asked = options["gracePeriodSeconds"] ?? new URL(request.url).searchParams.get("gracePeriodSeconds");
  const isForced = asked === 0 || asked === "0";
  const isDry = isDryRun(request) || listAt(options, "dryRun").includes("All");
  const deleted = isDry ? object : world.terminate({ kind: resource.kind, namespace, name }, isForced ? 0 : undefined);
  if (deleted && returnedWhenDeleted.includes(resource.kind)) return shown(resource, deleted);
  const details = {
    name,
    ...(resource.group === "" ? {} : { group: resource.group }),
    kind: resource.plural,
    uid: deleted?.metadata["uid"],
  };
  return Response.json({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
}

export function answerDeleteCollection(
  world: KubernetesWorld,
  { resource, namespace }: Target,
  query: URLSearchParams,
): Response {
  const { items, metadata } = pageOf(world, resource, namespace, query);
  const deleted =
    query.get("dryRun") === "All"
      ? items
      : items.map(({ metadata: { name, namespace } }) => world.terminate({ kind: resource.kind, namespace, name }));
  return Response.json({
    kind: `${resource.kind}List`,
    apiVersion: groupVersionOf(resource),
    metadata,
    items: deleted,
  });
}

export function existing(world: KubernetesWorld, { resource, namespace, name }: Target): KubernetesObject {
  const object = world.store.read(storageOf(resource), keyOf(namespace, name));
  if (!object) throw notFound(resource, name);
  return object;
}

export function shown(resource: Resource, object: KubernetesObject, status = 200): Response {
  return Response.json({ ...object, ...identity(resource) }, { status });
}

/** Others answer a Status. */
const returnedWhenDeleted = ["Pod", "Service", "Namespace"];

type Patch = (target: unknown, patch: unknown) => unknown;

/** Only what the server was built with knows how its lists merge. */
function patchTypesOf(resource: Resource): ReadonlyMap<string, Patch> {
  return new Map<string, Patch>([
    ["application/json-patch+json", jsonPatch],
    ["application/merge-patch+json", mergePatch],
    ...(!isCustom(resource) ? [["application/strategic-merge-patch+json", strategicMergePatch] as const] : []),
  ]);
}

function replace(
  world: KubernetesWorld,
  target: Target,
  request: Request,
  old: KubernetesObject,
  wanted: unknown,
): Response {
  const { resource, name, subresource } = target;
  const body = isRecord(wanted) ? wanted : {};
  const metadata = isRecord(body["metadata"]) ? body["metadata"] : {};
  const version = metadata["resourceVersion"];
  if (typeof version === "string" && version !== "" && version !== old.metadata.resourceVersion) {
    throw conflict(resource, name);
  }
  // Either changes its own part alone, as far as there is a status to keep: tests write both at once.
  const { status = body["status"] } = old;
  if (subresource === "status") return shown(resource, commit(world, request, { ...old, status: body["status"] }));
  const { namespace, creationTimestamp, deletionTimestamp, resourceVersion } = old.metadata;
  const { uid, deletionGracePeriodSeconds, generation } = old.metadata;
  const fixed = {
    name,
    namespace,
    creationTimestamp,
    uid,
    generation,
    resourceVersion,
    deletionTimestamp,
    deletionGracePeriodSeconds,
  };
  const kept = Object.fromEntries(Object.entries(fixed).filter(([, value]) => value !== undefined));
  const next = defaulted({
    ...body,
    ...identity(resource),
    metadata: { ...metadata, ...kept, name },
    ...(status === undefined ? {} : { status }),
  });
  refuseNewFinalizers(resource, old, next);
  return shown(resource, commit(world, request, next, old));
}

/** Writes, but for a dry run and for what is as it was; what was waiting for its last finalizer goes. */
function commit(
  world: KubernetesWorld,
  request: Request,
  next: KubernetesObject,
  old?: KubernetesObject,
): KubernetesObject {
  if (old && isDeepStrictEqual(next, old)) return old;
  if (isDryRun(request)) return world.prepare(next);
  return world.settle(world.put(next));
}

export const isDryRun = (request: Request) => new URL(request.url).searchParams.get("dryRun") === "All";

function refuseNewFinalizers(resource: Resource, old: KubernetesObject, next: KubernetesObject): void {
  const known = listAt(old, "metadata.finalizers");
  const extra = listAt(next, "metadata.finalizers").filter((one) => !known.includes(one));
  if (!isTerminating(old) || extra.length === 0) return;
  const names = extra.map((one) => JSON.stringify(one)).join(", ");
  throw invalid(resource, old.metadata.name, {
    reason: "FieldValueForbidden",
    message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`,
    field: "metadata.finalizers",
  });
}

const identity = (resource: Resource) => ({ apiVersion: groupVersionOf(resource), kind: resource.kind });

async function parseBody(request: Request, resource: Resource): Promise<Readonly<Record<string, unknown>>> {
  const body = await parseJson(request, resource);
  return isRecord(body) ? body : {};
}

/** An object, or the list that a JSON patch is. */
async function parseJson(request: Request, resource: Resource): Promise<unknown> {
  if (isProtobuf(request)) return readObject(request);
  const text = await request.text();
  if (text === "") return {};
  try {
    const body: unknown = JSON.parse(text);
    if (isRecord(body) || Array.isArray(body)) return body;
  } catch {
    // Not JSON: answered as anything else that is no object.
  }
  const of = isBuiltIn(resource) ? resource.kind : "Unstructured";
  throw badRequest(
    `the object provided is unrecognized (must be of type ${of}): couldn't get version/kind; json parse error (${text.slice(0, 50)})`,
  );
}
