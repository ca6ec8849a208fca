import { groupVersionOf } from "./objects.ts";
import type { Resource } from "./objects.ts";
import { isScaled } from "./scale.ts";
import { pageNotFound } from "./status.ts";
import type { KubernetesWorld } from "./world.ts";

/** The paths that tell what the server is and serves; undefined for every other path. */
export function answerDiscovery(world: KubernetesWorld, path: string): Response | undefined {
  const resources = world.resources();
  const parts = path.split("/").slice(1);
  switch (path) {
    case "/version":
      return Response.json({ major: "1", minor: "34", gitVersion: "v1.34.4", platform: "linux/amd64" });
    case "/healthz":
    case "/livez":
    case "/readyz":
      return new Response("ok", { headers: { "content-type": "text/plain; charset=utf-8" } });
    case "/api":
      return Response.json({ kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] });
    case "/apis":
      return Response.json({
        kind: "APIGroupList",
        apiVersion: "v1",
        groups: groupsOf(resources).map((name) => groupOf(resources, name)),
      });
    case "/openapi/v3":
      return Response.json({
        paths: Object.fromEntries(
          versionsOf(resources).map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }]),
        ),
      });
    case "/openapi/v2":
      return new Response(WITHOUT_SCHEMAS, { headers: { "content-type": `application/${PROTO_OPENAPI}` } });
    default:
  }
  if (path.startsWith("/openapi/v3/")) return openApiOf(resources, path.slice("/openapi/v3/".length));
  if (parts[0] === "api" && parts.length === 2) return resourceListOf(resources, parts[1] ?? "");
  if (parts[0] === "apis" && parts.length === 3) return resourceListOf(resources, `${parts[1]}/${parts[2]}`);
  if (parts[0] !== "apis" || parts.length !== 2) return undefined;
  return groupsOf(resources).includes(parts[1] ?? "")
    ? Response.json({ kind: "APIGroup", apiVersion: "v1", ...groupOf(resources, parts[1] ?? "") })
    : pageNotFound();
}

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

const groupsOf = (resources: readonly Resource[]) =>
  [...new Set(resources.map(({ group }) => group))].filter((group) => group !== "");

function groupOf(resources: readonly Resource[], name: string): object {
  const versions = [...new Set(resources.filter(({ group }) => group === name).map(({ version }) => version))]
    .toSorted() // The newest first, as far as v1beta1, v1beta2 and v1 go.
    .toReversed()
    .map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function resourceListOf(resources: readonly Resource[], groupVersion: string): Response {
  const listed = resources.filter((resource) => groupVersionOf(resource) === groupVersion);
  if (listed.length === 0) return pageNotFound();
  return Response.json({
    kind: "APIResourceList",
    // The core group's own list has none.
    ...(groupVersion === "v1" ? {} : { apiVersion: "v1" }),
    groupVersion,
    resources: listed.flatMap((resource) => {
      const { plural, kind, namespaced, shortNames, isInAll } = resource;
      const about = { singularName: kind.toLowerCase(), namespaced, kind, verbs };
      const scale = { ...about, name: `${plural}/scale`, kind: "Scale", group: "autoscaling", version: "v1" };
      return [
        { ...about, name: plural, ...(shortNames ? { shortNames } : {}), ...(isInAll ? { categories: ["all"] } : {}) },
        ...(isScaled(resource) ? [scale] : []),
      ];
    }),
  });
}

const apiPathOf = (resource: Resource) => `${resource.group === "" ? "api" : "apis"}/${groupVersionOf(resource)}`;
const versionsOf = (resources: readonly Resource[]) => [...new Set(resources.map(apiPathOf))];

/** What the real server calls it, as clients cannot read the `@` that they ask for. */
const PROTO_OPENAPI = "com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** `{ swagger: "2.0" }`, all that OpenAPI 2 says here: kubectl, which validates a List itself, lets pass what it has no schema of. */
const WITHOUT_SCHEMAS = new Uint8Array([0x0a, 3, ...new TextEncoder().encode("2.0")]);

/** Just enough for `kubectl apply`, which asks whether the server validates fields itself. */
function openApiOf(resources: readonly Resource[], apiPath: string): Response {
  const listed = resources.filter((resource) => apiPathOf(resource) === apiPath);
  if (listed.length === 0) return pageNotFound();
  const paths = listed.map((resource): [string, object] => {
    const namespace = resource.namespaced ? "/namespaces/{namespace}" : "";
    return [`/${apiPath}${namespace}/${resource.plural}/{name}`, { patch: patchOperation(resource) }];
  });
  return Response.json({
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.34.4" },
    paths: Object.fromEntries(paths),
  });
}

function patchOperation(resource: Resource): object {
  const { group, version, kind } = resource;
  return {
    parameters: [{ name: "fieldValidation", in: "query", schema: { type: "string", uniqueItems: true } }],
    requestBody: { content: {} },
    responses: {},
    "x-kubernetes-action": "patch",
    "x-kubernetes-group-version-kind": { group, version, kind },
  };
}
