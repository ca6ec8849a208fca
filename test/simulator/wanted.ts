import type { VirtualTime } from "./clock.ts";
import type { Cloud } from "./cloud.ts";
import type { Cluster } from "./cluster.ts";
import { clusterOf } from "./stage.ts";
import type { Document } from "./story.ts";
import { wishesFor } from "./wishes.ts";
import type { ServiceShape, Wishes } from "./wishes.ts";

/** What there is to look at; clusters and Cloud Map are made after whoever looks. */
export type Scene = {
  readonly clusters: () => readonly Cluster[];
  readonly cloud: () => Cloud;
  readonly documents: readonly Document[];
  readonly time: VirtualTime;
  /** By how much lists of instances lag behind, in milliseconds. */
  readonly lag: number;
};

/** What is wanted now, and since when. */
export type Wanted = {
  /** Looks anew; called whenever something may have changed. */
  readonly refresh: () => void;
  /** Every service that exists or that anything names. */
  readonly services: () => readonly ServiceShape[];
  readonly wishesOf: (index: number, service: ServiceShape) => Wishes;
  /** The ids that a document has wanted of a service (`namespace/name`) without a break since before `time`. */
  readonly before: (index: number, service: string, time: number) => ReadonlySet<string>;
  /** The same, and those that have been wanted since then until only their node's silence stood against it. */
  readonly servingBefore: (index: number, service: string, time: number) => ReadonlySet<string>;
};

export function createWanted(scene: Scene): Wanted {
  let since: Times = new Map();
  let serving: Times = new Map();

  const wishesOf = (index: number, service: ServiceShape): Wishes => {
    const document = scene.documents[index];
    if (document === undefined) throw new RangeError(`no document ${index}`);
    return wishesFor(document, clusterOf({ clusters: scene.clusters() }, document), service);
  };
  return {
    wishesOf,
    services: () => servicesOf(scene),
    refresh: () => {
      const [now, stays] = [new Map<string, Since>(), new Map<string, Since>()];
      const sinceWhen = (ids: Iterable<string>, before: Since | undefined): Since =>
        new Map([...ids].map((id) => [id, before?.get(id) ?? scene.time.now()]));
      for (const service of servicesOf(scene))
        for (const index of scene.documents.keys()) {
          const key = keyOf(index, `${service.namespace}/${service.name}`);
          const { wanted, returning } = wishesOf(index, service);
          now.set(key, sinceWhen(wanted.keys(), since.get(key)));
          const served = [...returning].filter((id) => serving.get(key)?.has(id) === true);
          stays.set(key, sinceWhen([...wanted.keys(), ...served], serving.get(key)));
        }
      [since, serving] = [now, stays];
    },
    before: (index, service, time) => olderThan(time, since.get(keyOf(index, service))),
    servingBefore: (index, service, time) => olderThan(time, serving.get(keyOf(index, service))),
  };
}

/** Since when, in milliseconds, by id; and that by document and service. */
type Since = ReadonlyMap<string, number>;
type Times = ReadonlyMap<string, Since>;

function olderThan(time: number, since: Since = new Map()): ReadonlySet<string> {
  return new Set([...since].flatMap(([id, at]) => (at < time ? [id] : [])));
}

function keyOf(index: number, service: string): string {
  return `${index} ${service}`;
}

function servicesOf({ clusters, cloud, documents }: Scene): readonly ServiceShape[] {
  const { world, serviceOf } = cloud();
  const named = [
    ...documents.flatMap(({ mappings }) => mappings.map(({ namespace, service }) => ({ namespace, name: service }))),
    ...clusters()
      .flatMap(({ claims }) => claims)
      .map(({ cloudMapNamespace, service }) => ({ namespace: cloudMapNamespace, name: service })),
    ...[...world.services.values()].map(({ namespaceId, name }) => ({
      namespace: world.namespaces.get(namespaceId)?.name ?? "",
      name,
    })),
  ];
  const distinct = new Map(named.map((one) => [`${one.namespace}/${one.name}`, one]));
  return [...distinct.values()].flatMap(({ namespace, name }) => {
    const home = [...world.namespaces.values()].find((one) => one.name === namespace);
    if (home === undefined) return [];
    const found = serviceOf(namespace, name);
    const records = found && (found.settings.dns?.DnsRecords ?? []).map(({ Type }) => Type);
    const hasCustomHealth = found?.hasCustomHealth === true;
    const isWeighted = found?.settings.dns?.RoutingPolicy === "WEIGHTED";
    return [{ namespace, name, isHttp: home.type === "HTTP", records, isWeighted, hasCustomHealth }];
  });
}
