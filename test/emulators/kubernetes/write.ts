import { randomBytes } from "node:crypto";
import { groupVersionOf, isBuiltIn, isRecord, keyOf, storageOf } from "./objects.ts";
import type { KubernetesObject, Resource } from "./objects.ts";
import { defaulted } from "./defaults.ts";
import { pageOf } from "./list.ts";
import { mergePatch, strategicMergePatch } from "./patch.ts";
import { alreadyExists, badRequest, conflict, notFound, StatusError, unsupportedMediaType } from "./status.ts";
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
  const name =
    asked ?? (typeof generateName === "string" ? generateName + randomBytes(3).toString("hex").slice(1) : "");
  if (typeof name !== "string" || name === "") {
    const message = `${resource.kind} "" is invalid: metadata.name: Required value: name or generateName is required`;
    throw new StatusError(422, "Invalid", message, {
      details: {
        group: resource.group,
        kind: resource.kind,
        causes: [{ reason: "FieldValueRequired", field: "metadata.name" }],
      },
    });
  }
  if (namespace !== "" && !world.store.read("/namespaces", keyOf("", namespace))) {
    throw notFound({ group: "", plural: "namespaces" }, namespace);
  }
  if (world.store.read(storageOf(resource), keyOf(namespace, name))) throw alreadyExists(resource, name);
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _time, ...kept } = metadata;
  const created = {
    ...body,
    ...identity(resource),
    metadata: { ...kept, name, ...(namespace === "" ? {} : { namespace }) },
  };
  return shown(resource, world.put(defaulted(created)), 201);
}

export async function answerUpdate(world: KubernetesWorld, target: Target, request: Request): Promise<Response> {
  const old = existing(world, target);
  const body = await parseBody(request, target.resource);
  return replace(world, target, old, body);
}

export async function answerPatch(world: KubernetesWorld, target: Target, request: Request): Promise<Response> {
  const contentType = (request.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
  const merge = patchTypes[contentType];
  if (!merge) throw unsupportedMediaType(Object.keys(patchTypes));
  const old = existing(world, target);
  return replace(world, target, old, merge(old, await parseBody(request, target.resource)));
}

export async function answerDelete(world: KubernetesWorld, target: Target, request: Request): Promise<Response> {
  const { resource, namespace, name } = target;
  existing(world, target);
  const options = await parseBody(request, resource);
  const asked = options["gracePeriodSeconds"] ?? new URL(request.url).searchParams.get("gracePeriodSeconds");
  const deleted = world.terminate(
    { kind: resource.kind, namespace, name },
    asked === 0 || asked === "0" ? 0 : undefined,
  );
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
  const deleted = items.map(({ metadata: { name, namespace } }) =>
    world.terminate({ kind: resource.kind, namespace, name }),
  );
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

const patchTypes: Readonly<Record<string, (target: unknown, patch: unknown) => unknown>> = {
  "application/merge-patch+json": mergePatch,
  "application/strategic-merge-patch+json": strategicMergePatch,
};

function replace(world: KubernetesWorld, target: Target, old: KubernetesObject, wanted: unknown): Response {
  const { resource, name, subresource } = target;
  const body = isRecord(wanted) ? wanted : {};
  const metadata = isRecord(body["metadata"]) ? body["metadata"] : {};
  const version = metadata["resourceVersion"];
  if (typeof version === "string" && version !== "" && version !== old.metadata.resourceVersion) {
    throw conflict(resource, name);
  }
  // The status subresource changes nothing but the status; for the built-in kinds the object itself may carry it along here.
  if (subresource === "status") return shown(resource, world.put({ ...old, status: body["status"] }));
  const { namespace, creationTimestamp } = old.metadata;
  const kept = { name, namespace, creationTimestamp, uid: old.metadata["uid"] };
  return shown(resource, world.put(defaulted({ ...body, ...identity(resource), metadata: { ...metadata, ...kept } })));
}

const identity = (resource: Resource) => ({ apiVersion: groupVersionOf(resource), kind: resource.kind });

async function parseBody(request: Request, resource: Resource): Promise<Readonly<Record<string, unknown>>> {
  const text = await request.text();
  if (text === "") return {};
  // kubectl's typed commands (create namespace, auth can-i) speak protobuf; apply, patch and delete do not.
  if (request.headers.get("content-type")?.includes("protobuf")) throw unsupportedMediaType(["application/json"]);
  try {
    const body: unknown = JSON.parse(text);
    if (isRecord(body)) return body;
  } catch {
    // Not JSON: answered as anything else that is no object.
  }
  const of = isBuiltIn(resource) ? resource.kind : "Unstructured";
  throw badRequest(
    `the object provided is unrecognized (must be of type ${of}): couldn't get version/kind; json parse error (${text.slice(0, 50)})`,
  );
}
