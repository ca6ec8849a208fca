import { setTimeout as sleep } from "node:timers/promises";
import type { Handler } from "../serve.ts";
import { readObject } from "./body.ts";
import { answerDiscovery } from "./discovery.ts";
import { answerWith } from "./faults.ts";
import { answerList } from "./list.ts";
import { isBuiltIn, isRecord, textAt } from "./objects.ts";
import { answerScale, isScaled } from "./scale.ts";
import {
  badRequest,
  forbidden,
  methodNotAllowed,
  pageNotFound,
  StatusError,
  statusResponse,
  unauthorized,
  unknownResource,
} from "./status.ts";
import type { Attributes } from "./status.ts";
import { parseTableOptions, tableOf } from "./table.ts";
import { answerWatch, isTrue } from "./watch.ts";
import type { KubernetesWorld } from "./world.ts";
import {
  answerCreate,
  answerDelete,
  answerDeleteCollection,
  answerPatch,
  answerUpdate,
  existing,
  shown,
} from "./write.ts";
import type { Target } from "./write.ts";

/** The Kubernetes API over `world`, for `serve`: what kubectl and @kubernetes/client-node need of it. */
export function kubernetesHandler(world: KubernetesWorld): Handler {
  const counts = new Map<string, number>();
  return async (request) => {
    const url = new URL(request.url);
    const { method } = request;
    const path = url.pathname;
    const query = Object.fromEntries(url.searchParams);
    const record = { method, path, query, status: 0 };
    world.log.push(record);
    const count = (counts.get(`${method} ${path}`) ?? 0) + 1;
    counts.set(`${method} ${path}`, count);
    const { fault, latencyMs } = world.options;
    if (latencyMs) await sleep(latencyMs, undefined, { signal: request.signal });
    const response = await answerWith(fault?.({ method, path, query, count }), request.signal, () =>
      answer(world, request, url).catch((error: unknown) => {
        if (error instanceof StatusError) return statusResponse(error);
        return statusResponse(new StatusError(500, "InternalError", `Internal error occurred: ${String(error)}`));
      }),
    );
    record.status = response.status;
    return response;
  };
}

/** In the real server's order: who is it, may he, is there such a thing. */
async function answer(world: KubernetesWorld, request: Request, url: URL): Promise<Response> {
  const user = userOf(world, request);
  const path = url.pathname.replace(/\/$/, "");
  const discovered = answerDiscovery(world, path);
  if (discovered) return discovered;
  const asked = parsePath(path);
  if (!asked) return pageNotFound();
  const attributes = { ...asked, verb: verbOf(request.method, asked.name, url.searchParams), user };
  if (asked.group === "authorization.k8s.io") return answerAccessReview(world, request, user);
  if (!isAllowed(world, attributes)) throw forbidden(attributes);
  const resource = world
    .resources()
    .find(
      ({ group, version, plural }) => group === asked.group && version === asked.version && plural === asked.resource,
    );
  if (!resource) {
    if (world.resources().some((other) => other.group === asked.group && isBuiltIn(other))) throw unknownResource();
    return pageNotFound();
  }
  // A namespace is asked about as if it were in itself, but is kept at the cluster scope.
  const namespace = resource.namespaced ? asked.namespace : "";
  return answerVerb(world, { ...asked, resource, namespace }, attributes.verb, request, url.searchParams);
}

async function answerVerb(
  world: KubernetesWorld,
  target: Target,
  verb: string,
  request: Request,
  query: URLSearchParams,
): Promise<Response> {
  const { resource, namespace, subresource } = target;
  if (subresource === "scale" && isScaled(resource)) return answerScale(world, target, verb, request);
  if (resource.kind === "Pod" && OF_CONTAINERS.includes(subresource))
    throw badRequest(`pod ${target.name} runs nothing: this cluster is emulated, and its pods have no containers`);
  if (subresource !== "" && subresource !== "status") throw unknownResource();
  const table = parseTableOptions(request, query);
  switch (verb) {
    case "get": {
      const object = existing(world, target);
      const { resourceVersion } = object.metadata;
      return table
        ? Response.json(tableOf(resource, [object], { resourceVersion }, world.now(), table))
        : shown(resource, object);
    }
    case "list":
      return answerList(world, resource, namespace, query, table);
    case "watch":
      return answerWatch(world, resource, namespace, withName(query, target.name), table, request.signal);
    case "create":
      if (target.name !== "" || (resource.namespaced && namespace === "")) throw methodNotAllowed();
      return answerCreate(world, target, request);
    case "update":
      if (target.name === "") throw methodNotAllowed();
      return answerUpdate(world, target, request);
    case "patch":
      if (target.name === "") throw methodNotAllowed();
      return answerPatch(world, target, request);
    case "delete":
      return answerDelete(world, target, request);
    case "deletecollection":
      return answerDeleteCollection(world, target, query);
    default:
      throw methodNotAllowed();
  }
}

/** What only a kubelet can answer. */
const OF_CONTAINERS = ["log", "exec", "attach", "portforward"];

function userOf(world: KubernetesWorld, request: Request): string {
  const { tokens } = world.options;
  const impersonated = request.headers.get("impersonate-user");
  if (!tokens) return impersonated ?? "admin";
  const token = /^Bearer (.*)$/.exec(request.headers.get("authorization") ?? "")?.[1];
  if (token === undefined) return "system:anonymous";
  const user = typeof tokens === "function" ? tokens(token) : tokens[token];
  if (user === undefined) throw unauthorized();
  return impersonated ?? user;
}

function isAllowed(world: KubernetesWorld, attributes: Attributes): boolean {
  return attributes.user !== "system:anonymous" && world.options.forbid?.(attributes) !== true;
}

/** SelfSubjectAccessReview, as `kubectl auth can-i` sends it. */
async function answerAccessReview(world: KubernetesWorld, request: Request, user: string): Promise<Response> {
  if (request.method !== "POST" || !request.url.endsWith("/selfsubjectaccessreviews")) throw methodNotAllowed();
  const review = await readObject(request);
  const read = (name: string) => textAt(review, `spec.resourceAttributes.${name}`);
  const attributes = {
    verb: read("verb"),
    group: read("group"),
    resource: read("resource"),
    namespace: read("namespace"),
    name: read("name"),
    user,
  };
  const status = { allowed: isAllowed(world, attributes) };
  const identity = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview" };
  return Response.json({ ...(isRecord(review) ? review : {}), ...identity, status }, { status: 201 });
}

type Asked = {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
};

/** `/api/v1/namespaces/shop/pods/web-1/status`, `/apis/appmesh.k8s.aws/v1beta2/virtualnodes`, and so on. */
function parsePath(path: string): Asked | undefined {
  const parts = path.split("/").slice(1).map(decodeURIComponent);
  const root = parts.shift();
  if (root !== "api" && root !== "apis") return undefined;
  const group = root === "api" ? "" : parts.shift();
  const version = parts.shift();
  if (group === undefined || version === undefined || parts.length === 0 || parts.length > 5) return undefined;
  const isNamespaced =
    parts[0] === "namespaces" && parts.length > 2 && parts[2] !== "status" && parts[2] !== "finalize";
  const namespace = isNamespaced ? parts.splice(0, 2)[1] : parts[0] === "namespaces" ? parts[1] : "";
  const [resource = "", name = "", subresource = ""] = parts;
  return { group, version, resource, namespace: namespace ?? "", name, subresource };
}

function verbOf(method: string, name: string, query: URLSearchParams): string {
  switch (method) {
    case "GET":
      if (isTrue(query.get("watch"))) return "watch";
      return name === "" ? "list" : "get";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === "" ? "deletecollection" : "delete";
    default:
      return method.toLowerCase();
  }
}

/** A watch of one object is a watch of its list with a field selector. */
function withName(query: URLSearchParams, name: string): URLSearchParams {
  if (name === "") return query;
  const narrowed = new URLSearchParams(query);
  narrowed.set("fieldSelector", [query.get("fieldSelector"), `metadata.name=${name}`].filter(Boolean).join(","));
  return narrowed;
}
