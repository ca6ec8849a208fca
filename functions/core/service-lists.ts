import type { CloudMapNamespace, Read, Service } from "./model.ts";
import type { World } from "./ports.ts";
import type { Request } from "./request.ts";
import { settle } from "./settle.ts";

/** How long lists that are answered at once are waited for, in milliseconds. */
const MOMENT = 200;

/**
 * What services the Cloud Map namespaces have, as far as a pass knows. Their lists are the slowest of all reads, one a second after
 * the first eight: nothing waits for that of a namespace which is not its own.
 */
export type ServiceLists = {
  /**
   * Begins to list the services of these namespaces, or asks again what is known of them, and waits a moment. Of what has not come
   * by then no more is known than the registry remembers. `isFresh`: whose counts have to be as they are now. Never rejects.
   */
  readonly look: (
    namespaces: readonly CloudMapNamespace[],
    isFresh?: (namespace: CloudMapNamespace) => boolean,
  ) => Promise<void>;
  /** Undefined: not known yet. */
  readonly of: (namespace: CloudMapNamespace) => Read<readonly Service[]> | undefined;
  /** Whether the list of a namespace, by its id, is under way. */
  readonly isComing: (namespace: string) => boolean;
  /** Ends once the list of a namespace that is under way has come; without one, once all have. */
  readonly settled: (namespace?: CloudMapNamespace) => Promise<unknown>;
};

export function createServiceLists(request: Request, world: World): ServiceLists {
  const { registry, pause } = world;
  const isPatient = waitsForAll(request, world);
  const known = new Map<string, Read<readonly Service[]>>();
  const underWay = new Map<string, Promise<void>>();
  /** Of those that are under way, the ids of those that are to be fresh. */
  const counting = new Set<string>();
  const begin = (namespace: CloudMapNamespace, fresh: boolean): Promise<void> => {
    const list = settle(() => registry.listServicesIn(namespace, request.deadline, { fresh })).then((read) => {
      known.set(namespace.id, read);
      underWay.delete(namespace.id);
      counting.delete(namespace.id);
    });
    underWay.set(namespace.id, list);
    if (fresh) counting.add(namespace.id);
    return list;
  };
  /** Where a list that is to be fresh is long in coming, the one before does for whatever needs no counts. */
  const recall = async (namespace: CloudMapNamespace): Promise<void> => {
    const read = await settle(() => registry.listServicesIn(namespace, request.deadline, { fresh: false }));
    if (underWay.has(namespace.id)) known.set(namespace.id, read);
  };
  return {
    look: async (namespaces, isFresh = () => false) => {
      const all = Promise.all(namespaces.map((one) => underWay.get(one.id) ?? begin(one, isFresh(one))));
      await (isPatient ? all : Promise.race([all, pause(MOMENT)]));
      const late = namespaces.filter(({ id }) => underWay.has(id));
      for (const { id } of late) known.delete(id);
      const remembered = late.filter(({ id }) => counting.has(id)).map(recall);
      if (remembered.length > 0) await Promise.race([Promise.all(remembered), pause(MOMENT)]);
    },
    of: ({ id }) => known.get(id),
    isComing: (id) => underWay.has(id),
    settled: (namespace) =>
      namespace === undefined ? Promise.all(underWay.values()) : Promise.resolve(underWay.get(namespace.id)),
  };
}

/**
 * What a dry run shows must not depend on which list came first. And through a kubeconfig nothing may be written before it is
 * known whether any instance is of this cluster (ledger.ts).
 */
function waitsForAll({ dryRun, newCluster }: Request, { settings: { namespaces, identity } }: World): boolean {
  return dryRun || namespaces.length === 1 || (identity.arn === undefined && !newCluster);
}
