import { keyOf } from "./objects.ts";
import type { KubernetesObject } from "./objects.ts";

/** A change: `previous` is what a watch with a selector compares with, and what a snapshot of an earlier time takes back. */
export type StoreEvent = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly storage: string;
  readonly key: string;
  readonly object: KubernetesObject;
  readonly previous: KubernetesObject | undefined;
  readonly resourceVersion: number;
};
export type Entry = readonly [key: string, object: KubernetesObject];

/** What etcd is to the API server: objects by storage and key, one counter of versions, and as much history as `historyLimit` events. */
export function createStore(historyLimit: number) {
  const storages = new Map<string, Map<string, KubernetesObject>>();
  const listeners = new Set<(event: StoreEvent) => void>();
  const snapshots = new Map<string, { readonly version: number; readonly entries: readonly Entry[] }>();
  let history: StoreEvent[] = [];
  let version = 1;
  let compacted = 0;

  const objectsOf = (storage: string) => {
    const objects = storages.get(storage) ?? new Map<string, KubernetesObject>();
    storages.set(storage, objects);
    return objects;
  };

  const emit = (event: StoreEvent) => {
    history.push(event);
    // Dropped in large pieces: one at a time would make every write as slow as the history is long.
    if (history.length > historyLimit * 2) {
      compacted = history.at(-historyLimit - 1)?.resourceVersion ?? compacted;
      history = history.slice(-historyLimit);
    }
    for (const listener of listeners) listener(event);
  };

  return {
    resourceVersion: () => version,
    /** Versions before this one can be neither listed nor watched any more. */
    oldestVersion: () => compacted,
    read: (storage: string, key: string) => objectsOf(storage).get(key),

    /** Creates or replaces, under a new resourceVersion. */
    write(storage: string, object: KubernetesObject): KubernetesObject {
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      const previous = objectsOf(storage).get(key);
      const resourceVersion = ++version;
      const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(resourceVersion) } };
      objectsOf(storage).set(key, stored);
      emit({ type: previous ? "MODIFIED" : "ADDED", storage, key, object: stored, previous, resourceVersion });
      return stored;
    },

    /** The object removed, with the resourceVersion of its removal. */
    remove(storage: string, key: string): KubernetesObject | undefined {
      const previous = objectsOf(storage).get(key);
      if (!previous) return undefined;
      objectsOf(storage).delete(key);
      const resourceVersion = ++version;
      const object = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(resourceVersion) } };
      emit({ type: "DELETED", storage, key, object, previous, resourceVersion });
      return object;
    },

    /** Everything in `storage` as it was at `at`, in order; the caller has seen that `at` is not older than `oldestVersion`. */
    entriesAt(storage: string, at: number): readonly Entry[] {
      const known = snapshots.get(storage);
      if (known?.version === at) return known.entries;
      const objects = new Map(objectsOf(storage));
      for (const event of history.toReversed()) {
        if (event.resourceVersion <= at) break;
        if (event.storage !== storage) continue;
        if (event.previous) objects.set(event.key, event.previous);
        else objects.delete(event.key);
      }
      const entries = [...objects].toSorted(([a], [b]) => (a < b ? -1 : 1));
      snapshots.set(storage, { version: at, entries });
      return entries;
    },

    eventsAfter: (storage: string, after: number) =>
      history.filter((event) => event.resourceVersion > after && event.storage === storage),

    subscribe(listener: (event: StoreEvent) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    /** Forgets all history, as etcd does every five minutes: older continue tokens and resourceVersions expire. */
    compact(): void {
      compacted = version;
      history = [];
    },
  };
}
