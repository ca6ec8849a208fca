import type { Random } from "./random.ts";
import type { Allowed, App, ClaimObject, ConfigurationMapping, Document } from "./story.ts";

export const CLUSTER = "arn:aws:eks:us-west-2:123456789012:cluster/prod";
export const SERVICES: readonly string[] = ["web", "api", "cart"];

export function generateMappings(
  random: Random,
  apps: readonly App[],
  namespaces: readonly string[],
  isNeeded: boolean,
): readonly ConfigurationMapping[] {
  const count = isNeeded ? 1 + random.below(3) : random.below(2);
  const mappings = Array.from({ length: count }, (): ConfigurationMapping => {
    const app = random.pick(apps);
    return {
      service: random.pick(SERVICES),
      namespace: random.pick(namespaces),
      pods: { namespace: app.namespace, selector: `app=${app.name}` },
      ...(random.chance(0.5) ? { port: 8080 } : {}),
      ...(random.chance(0.3) ? { attributes: { team: app.name } } : {}),
    };
  });
  return mappings;
}

/** One app is claimed for one service once: claims of one source that differ are ambiguous. */
export function distinct(mappings: readonly ConfigurationMapping[]): readonly ConfigurationMapping[] {
  return [...new Map(mappings.map((one) => [JSON.stringify([one.namespace, one.service, one.pods]), one])).values()];
}

export function generateClaims(
  random: Random,
  apps: readonly App[],
  namespaces: readonly string[],
): readonly ClaimObject[] {
  const claims = Array.from({ length: 1 + random.below(3) }, (_, index): ClaimObject => {
    const app = random.pick(apps);
    const kind = random.pick(["Service", "VirtualNode"] as const);
    if (app.namespace === "shop" && random.chance(0.15)) return generateExport(random, app, `export-${index}`);
    return {
      kind,
      namespace: app.namespace,
      name: `claim-${index}`,
      app: app.name,
      cloudMapNamespace: random.pick(namespaces),
      service: random.pick(SERVICES),
      port: random.chance(0.5) ? 8080 : undefined,
      attributes: random.chance(0.3) ? { made: "by-claim" } : {},
      publishesUnready: kind === "Service" && random.chance(0.2),
      isBroken: false,
      isThere: true,
    };
  });
  return [
    ...new Map(claims.map((one) => [`${one.kind} ${one.cloudMapNamespace}/${one.service} ${one.app}`, one])).values(),
  ];
}

/** In the namespace that is called like its own, under its own name. */
function generateExport(random: Random, { namespace, name: app }: App, name: string): ClaimObject {
  return {
    kind: "ServiceExport",
    namespace,
    name,
    app,
    cloudMapNamespace: namespace,
    service: name,
    port: 8080,
    attributes: {},
    publishesUnready: random.chance(0.2),
    isBroken: false,
    isThere: true,
  };
}

export function generateDocument(
  random: Random,
  namespaces: readonly string[],
  mappings: readonly ConfigurationMapping[],
  claims: readonly ClaimObject[],
  allowed: Allowed,
): Document {
  const has = (kind: ClaimObject["kind"]) => claims.some((claim) => claim.kind === kind);
  const needsPorts = mappings.every(({ port }) => port !== undefined) && claims.every(({ port }) => port !== undefined);
  return {
    cluster: "prod",
    place: 0,
    clusterArn: CLUSTER,
    owner: CLUSTER,
    namespaces: has("ServiceExport") ? [...namespaces, "shop"] : namespaces,
    mappings:
      needsPorts && random.chance(0.2)
        ? mappings.map((one) => ({ ...one, id: random.pick(["ip", "ip-port"]) }))
        : mappings,
    policy: random.chance(0.06) ? random.pick(["upsert-only", "dry-run"]) : "sync",
    id: needsPorts && random.chance(0.3) ? "ip-port" : "ip",
    whenAllUnready: random.chance(0.25) ? "remove" : "keep",
    sources: {
      services: has("Service"),
      virtualNodes: has("VirtualNode") ? random.pick([true, "auto"]) : false,
      serviceExports: has("ServiceExport"),
    },
    nodes: { zones: random.chance(0.7), ec2: allowed("ec2") && random.chance(0.25) },
    part: "",
    services: { customHealth: random.chance(0.2) },
    adopt: { appMesh: allowed("mesh") && random.chance(0.2) ? random.pick(["live", "exclusive"]) : "off" },
    allow:
      allowed("allow") && claims.length > 0 && random.chance(0.15) ? [{ from: "shop", services: ["web", "api"] }] : [],
    deleteServices: random.chance(0.15),
  };
}
