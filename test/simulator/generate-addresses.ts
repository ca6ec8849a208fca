import type { Random } from "./random.ts";
import type { Allowed, ClaimObject, ClusterSetup, Document, Event, Setup } from "./story.ts";

/** How many worlds have instances that are not at their pods' own addresses. */
const SHARE = 0.4;
const MANY = 1_000;

type World = { readonly setup: Setup; readonly events: readonly Event[] };

/**
 * Gives some worlds mappings with their nodes' addresses, and Services that claim for their load balancers. All else in a world is
 * as it was.
 */
export function withAddresses({ setup, events }: World, random: Random, allowed: Allowed): World {
  if (!random.chance(SHARE)) return { setup, events };
  const ofNodes = allowed("node-address") && random.chance(0.6) ? withNodes(setup, random) : setup;
  const whole = allowed("balancer") && random.chance(0.6) ? withBalancers(ofNodes, random) : ofNodes;
  const hasBalancers = whole.clusters.some(({ claims }) => claims.some(({ address }) => address === "load-balancer"));
  const more = hasBalancers ? balancerEvents(whole, random) : [];
  return { setup: whole, events: [...events, ...more].toSorted((a, b) => a.at - b.at) };
}

/** The pods of some apps of one Kubernetes namespace are at their nodes, whoever claims them with a port. */
function withNodes(setup: Setup, random: Random): Setup {
  const names = setup.clusters.flatMap(({ apps }) =>
    apps.filter(({ namespace, isDualStack }) => namespace === "shop" && !isDualStack).map(({ name }) => name),
  );
  const chosen = new Set(names.filter(() => random.chance(0.8)));
  const isOfNode = (namespace: string, app: string) => namespace === "shop" && chosen.has(app);
  const clusters = setup.clusters.map((cluster): ClusterSetup => ({
    ...cluster,
    apps: cluster.apps.map((app) => ({ ...app, hasHostPort: random.chance(0.5) })),
    claims: cluster.claims.map((claim) =>
      claim.kind === "Service" && isOfNode(claim.namespace, claim.app) ? { ...claim, address: "node" } : claim,
    ),
  }));
  const documents = setup.documents.map((document): Document => ({
    ...document,
    mappings: document.mappings.map((mapping) =>
      mapping.port !== undefined && isOfNode(mapping.pods.namespace, mapping.pods.selector.replace(/^app=/, ""))
        ? { ...mapping, address: "node" }
        : mapping,
    ),
  }));
  return { ...setup, clusters, documents };
}

/** Each has a Cloud Map service to itself, in the document that takes claims from the cluster. */
function withBalancers(setup: Setup, random: Random): Setup {
  const [cluster, ...others] = setup.clusters;
  const place = setup.documents.findIndex((document) => document.place === 0 && document.part === "");
  const document = setup.documents[place];
  const [app] = cluster?.apps ?? [];
  if (cluster === undefined || document === undefined || app === undefined) return setup;
  const claims = Array.from({ length: 1 + random.below(2) }, (_, index): ClaimObject => {
    const claim: ClaimObject = {
      kind: "Service",
      namespace: "shop",
      name: `edge-${random.pick(["elb", "name", "address"])}-${index}`,
      app: app.name,
      cloudMapNamespace: random.pick(document.namespaces.filter((name) => name.endsWith(".local"))),
      service: `edge-${index}`,
      port: undefined,
      attributes: random.chance(0.3) ? { made: "by-claim" } : {},
      publishesUnready: false,
      isBroken: false,
      isThere: true,
      address: "load-balancer",
    };
    return { ...claim, ingress: balancerNames(claim, random.below(3), 0) };
  });
  const taking = { ...document, sources: { ...document.sources, services: true } };
  return {
    ...setup,
    clusters: [{ ...cluster, claims: [...cluster.claims, ...claims] }, ...others],
    documents: setup.documents.map((one, index) => (index === place ? taking : one)),
  };
}

function balancerEvents({ length }: Setup, random: Random): readonly Event[] {
  return Array.from({ length: random.below(6) }, () => ({
    at: Math.round(random.between(0, length * 0.8)),
    kind: "balancer" as const,
    balancer: random.below(MANY),
    does: random.chance(0.8) ? ("names" as const) : ("falls-silent" as const),
    count: random.pick([0, 1, 1, 2, 3]),
    lasts: random.between(1_000, 20_000),
  }));
}

/** `count` names or addresses of the kind that the Service's own name tells; others for another `turn`, but for the first, now and then. */
export function balancerNames({ name }: ClaimObject, count: number, turn: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const number = index === 0 ? turn % 2 : turn + index;
    if (name.includes("elb")) return `${name}-${number}.us-west-2.elb.amazonaws.com`;
    return name.includes("address") ? `198.51.${number % 250}.${name.length}` : `${name}-${number}.example.com`;
  });
}
