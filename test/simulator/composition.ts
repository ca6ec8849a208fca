import type { EC2Client } from "@aws-sdk/client-ec2";
import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { withoutClaims } from "../../functions/cli/destroy/without-claims.ts";
import { createRegistry } from "../../functions/cloudmap/registry.ts";
import { sleep } from "../../functions/cloudmap/time-limit.ts";
import { createHistory } from "../../functions/core/history.ts";
import type { Scope } from "../../functions/core/model.ts";
import type { Cluster, World } from "../../functions/core/ports.ts";
import { reconcile } from "../../functions/core/reconcile.ts";
import type { Report } from "../../functions/core/report.ts";
import type { PodChange } from "../../functions/kubernetes/known-pods.ts";
import { createKubernetes } from "../../functions/kubernetes/cluster.ts";
import type { Connection } from "../../functions/kubernetes/connection.ts";
import { readClusterUid } from "../../functions/kubernetes/identity.ts";
import { markLostNodes } from "../../functions/kubernetes/machines.ts";
import type { PodWatch } from "../../functions/kubernetes/watch-pods.ts";
import type { Configuration } from "../../functions/core/settings.ts";
import { asksForNodes, configurationClaims } from "../../functions/mappings/configuration.ts";
import { serviceExports } from "../../functions/mappings/service-exports.ts";
import { services } from "../../functions/mappings/services.ts";
import { virtualNodes } from "../../functions/mappings/virtual-nodes.ts";
import { checkConfiguration } from "../../functions/runtime/configuration/document.ts";
import { identify } from "../../functions/runtime/identity.ts";
import { keepLists } from "../../functions/runtime/keep-lists.ts";
import { createListMappings } from "../../functions/runtime/sources.ts";
import { follow } from "../../functions/runtime/watch/follow.ts";
import { shareWrites } from "../../functions/runtime/watch/share-writes.ts";
import { RIPE_AFTER } from "../../functions/runtime/watch/times.ts";
import type { Document } from "./story.ts";

/** `destroys`: takes all of its owner out, as the command does. */
export type Kind = { readonly isFrequent: boolean; readonly destroys?: boolean };

/** What lies outside of the product. */
export type Outside = {
  readonly connection: Connection;
  readonly cloudMap: ServiceDiscoveryClient;
  readonly ec2: EC2Client;
};

export type Wanted = {
  readonly scopes: readonly Scope[];
  readonly sweep: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** How much time the function has, in milliseconds. */
  readonly left: number;
  /** Whether differences that were just found are left to the watch, as the schedule's passes do where there is one. */
  readonly leavesYoung?: boolean;
};

/** Whose the instances are could not be found out: nothing was begun. */
export class NotComposedError extends Error {
  override readonly name = "NotComposedError";
}

/** As functions/runtime/lambda/lambda.ts has them, in milliseconds. */
const MARGIN = 12_000;
const PATIENCE = 15_000;

/** One process of the product: its passes share what such a process keeps. */
export type Composed = {
  /** `begun` is called once it is known whose the instances are. */
  readonly pass: (wanted: Wanted, begun: () => void) => Promise<Report>;
  /** Follows the pods until the signal; each pass that it wants is made by `pass`. */
  readonly follow: (given: {
    readonly signal: AbortSignal;
    readonly limit: number;
    /** Has each change of a pod told, until the signal. */
    readonly changes: (signal: AbortSignal, told: (change: PodChange) => void) => Promise<void>;
    readonly pass: (scopes: readonly Scope[]) => Promise<Report | undefined>;
  }) => Promise<void>;
};

/**
 * The product's parts put together as functions/runtime/compose.ts does, but for what it makes connections and clients of. The
 * only file here that knows them.
 */
export function composeProcess(
  document: Document,
  { connection, cloudMap, ec2 }: Outside,
  { isFrequent, destroys = false }: Kind,
): Composed {
  const configuration = checkConfiguration(written(document), "the document");
  const { namespaces, services: created, rates, nodes, sources, part } = configuration;
  const { listObjects, ...kubernetes } = createKubernetes(connection);
  const history = createHistory();
  const listNodes = nodesReader(configuration, kubernetes.listNodes);
  const cluster: Cluster = {
    ...kubernetes,
    listMappings: createListMappings(
      configurationClaims(configuration),
      [services, virtualNodes, serviceExports],
      sources,
      listObjects,
    ),
    listNodes: nodes.ec2 ? async (until) => markLostNodes(await listNodes(until), ec2) : listNodes,
  };
  let composed: Promise<World> | undefined;

  const compose = async (): Promise<World> => {
    const uid = await readClusterUid(connection);
    const reached =
      document.isByKubeconfig === true
        ? ({ access: "kubeconfig", server: connection.server, isAnyEndpointAllowed: false } as const)
        : ({ access: "eks", arn: document.clusterArn, mayBeEmpty: false } as const);
    const { owner, tagOwner, identity } = await identify(configuration, uid, reached, () =>
      Promise.reject(new Error("nobody asks")),
    );
    const registry = createRegistry({ client: cloudMap, namespaces, owner: tagOwner, part, services: created, rates });
    const world: World = {
      cluster: isFrequent ? keepLists(cluster, Date.now) : cluster,
      registry: isFrequent ? shareWrites(registry, Date.now) : registry,
      settings: { ...configuration, owner, tagOwner, identity },
      history,
      version: "0.0.0",
      now: Date.now,
      pause: sleep,
    };
    return destroys ? withoutClaims(world, false) : world;
  };
  const readWorld = async (): Promise<World> => {
    composed ??= compose();
    try {
      return await composed;
    } catch (error) {
      composed = undefined;
      throw new NotComposedError(String(error), { cause: error });
    }
  };

  return {
    pass: async ({ left, leavesYoung = false, ...wanted }, begun) => {
      const began = Date.now();
      const world = await readWorld();
      begun();
      const ripeAfter = leavesYoung ? RIPE_AFTER : 0;
      const newCluster = document.isNewCluster === true;
      const deadline = began + left - Math.min(MARGIN, left / 2);
      return reconcile({ ...wanted, newCluster, deadline, patience: PATIENCE, ripeAfter, start: Math.random() }, world);
    },
    follow: async ({ signal, limit, changes, pass }) => {
      const watchPods = ({ signal: ended, onChange, onEvent }: PodWatch) =>
        changes(ended, (change) => {
          onEvent();
          onChange(change);
        });
      const world = async () => ({ ...(await readWorld()), watchPods });
      const logger = { debug: () => {}, info: () => {}, error: () => {} };
      await follow({ alone: Date.now(), limit, signal, world, pass, logger });
    },
  };
}

function nodesReader(configuration: Configuration, listNodes: Cluster["listNodes"]): Cluster["listNodes"] {
  const { zones, ec2 } = configuration.nodes;
  if (zones) return listNodes;
  if (!ec2 && !asksForNodes(configuration)) return () => Promise.resolve({ state: "off" });
  return async (until) => {
    const read = await listNodes(until);
    if (read.state !== "read") return read;
    return {
      ...read,
      nodes: new Map(
        [...read.nodes].map(([name, node]) => [name, { ...node, region: undefined, zone: undefined }] as const),
      ),
    };
  };
}

/** What the world knows of a document besides. */
const BESIDES: readonly string[] = ["place", "clusterArn", "isByKubeconfig", "isNewCluster"];

/** What an operator writes of it. */
function written(document: Document): object {
  return Object.fromEntries(Object.entries(document).filter(([key, value]) => !BESIDES.includes(key) && value !== ""));
}
