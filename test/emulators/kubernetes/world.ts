import { randomUUID } from "node:crypto";
import { bareNamespace } from "./defaults.ts";
import type { Fault, FaultQuestion } from "./faults.ts";
import { builtInResources, keyOf, storageOf } from "./objects.ts";
import type { KubernetesObject, Metadata, Resource } from "./objects.ts";
import { mergePatch } from "./patch.ts";
import type { Attributes } from "./status.ts";
import { createStore } from "./store.ts";

/** How the API server behaves. `world.options` may be changed at any time. */
export type KubernetesOptions = {
  /** Bearer token → user. Without it everyone is `admin`; with it an unknown token is answered 401, none makes `system:anonymous`. */
  tokens?: Readonly<Record<string, string>> | ((token: string) => string | undefined) | undefined;
  /** RBAC: true answers 403. SelfSubjectAccessReview tells the same. */
  forbid?: ((attributes: Attributes) => boolean) | undefined;
  fault?: ((question: FaultQuestion) => Fault | undefined) | undefined;
  /** Before every answer. */
  latencyMs?: number | undefined;
  /** A continue token is answered 410 at once. */
  expireContinue?: boolean | undefined;
  /** A deleted pod stays that long with a deletionTimestamp; without it pods go at once. */
  deletionGracePeriodMs?: number | undefined;
  /** Between the bookmarks of a watch that allows them; the real server sends one a minute. */
  bookmarkMs?: number | undefined;
  now?: (() => Date) | undefined;
};

type RequestRecord = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** 0 while it is not answered. */
  status: number;
};

export type ObjectRef = { readonly kind: string; readonly name: string; readonly namespace?: string | undefined };

export type KubernetesWorld = ReturnType<typeof createKubernetes>;

/** A cluster's state as its API server holds it: no controller or kubelet acts in it but the test. */
export function createKubernetes(
  options: KubernetesOptions & { readonly historyLimit?: number; readonly resources?: readonly Resource[] } = {},
) {
  const { historyLimit = 10_000, resources = [], ...rest } = options;
  const behaviour: KubernetesOptions = rest;
  const store = createStore(historyLimit);
  const served: Resource[] = [...builtInResources, ...resources];
  const removals = new Map<string, NodeJS.Timeout>();
  const watchEnds = new Map<() => void, string>();
  const now = () => behaviour.now?.() ?? new Date();

  const closeWatches = (storage?: string) => {
    for (const [end, watched] of watchEnds) if (watched === (storage ?? watched)) end();
  };

  const resourceOf = (kind: string, apiVersion?: string) => {
    const resource = served.find(
      (resource) => resource.kind === kind && (apiVersion === undefined || apiVersion.endsWith(resource.version)),
    );
    if (!resource) throw new Error(`${kind} ${apiVersion ?? ""} is not served; call world.serve first`);
    return resource;
  };

  const locate = ({ kind, namespace, name }: ObjectRef) => {
    const resource = resourceOf(kind);
    return { storage: storageOf(resource), key: keyOf(resource.namespaced ? (namespace ?? "default") : "", name) };
  };

  /** Creates or replaces; the namespace comes into being where it is missing. */
  const put = (object: KubernetesObject): KubernetesObject => {
    const resource = resourceOf(object.kind, object.apiVersion);
    const namespace = resource.namespaced ? (object.metadata.namespace ?? "default") : undefined;
    if (namespace !== undefined && !store.read("/namespaces", keyOf("", namespace))) put(bareNamespace(namespace));
    const old = store.read(storageOf(resource), keyOf(namespace, object.metadata.name));
    const metadata: Metadata = {
      ...object.metadata,
      ...(namespace === undefined ? {} : { namespace }),
      uid: object.metadata["uid"] ?? old?.metadata["uid"] ?? randomUUID(),
      creationTimestamp: object.metadata.creationTimestamp ?? old?.metadata.creationTimestamp ?? timestamp(now()),
    };
    return store.write(storageOf(resource), { ...object, metadata });
  };

  const remove = (ref: ObjectRef): KubernetesObject | undefined => {
    const { storage, key } = locate(ref);
    clearTimeout(removals.get(`${storage} ${key}`));
    removals.delete(`${storage} ${key}`);
    if (ref.kind === "Namespace") {
      for (const resource of served.filter(({ namespaced }) => namespaced)) {
        for (const [key] of store.entriesAt(storageOf(resource), store.resourceVersion())) {
          if (key.startsWith(`${ref.name}/`)) store.remove(storageOf(resource), key);
        }
      }
    }
    return store.remove(storage, key);
  };

  const patch = (ref: ObjectRef, change: Readonly<Record<string, unknown>>): KubernetesObject => {
    const { storage, key } = locate(ref);
    const old = store.read(storage, key);
    if (!old) throw new Error(`${ref.kind} ${key} does not exist`);
    return store.write(storage, mergePatch(old, change) as KubernetesObject);
  };

  const world = {
    options: behaviour,
    store,
    /** Every request, the oldest first; empty it with `log.length = 0`. */
    log: [] as RequestRecord[],
    resources: (): readonly Resource[] => served,
    now,
    put,
    patch,

    read(ref: ObjectRef): KubernetesObject | undefined {
      const { storage, key } = locate(ref);
      return store.read(storage, key);
    },

    list: (kind: string): readonly KubernetesObject[] =>
      store.entriesAt(storageOf(resourceOf(kind)), store.resourceVersion()).map(([, object]) => object),

    /** Gone at once; a namespace takes what is in it along. */
    remove,

    /** As a DELETE of the API: a pod goes after `deletionGracePeriodMs`, everything else at once. */
    terminate(ref: ObjectRef, gracePeriodMs = behaviour.deletionGracePeriodMs ?? 0): KubernetesObject | undefined {
      const { storage, key } = locate(ref);
      const object = store.read(storage, key);
      if (!object || ref.kind !== "Pod" || gracePeriodMs === 0) return remove(ref);
      if (object.metadata.deletionTimestamp !== undefined) return object;
      const timer = setTimeout(() => remove(ref), gracePeriodMs).unref();
      removals.set(`${storage} ${key}`, timer);
      return patch(ref, {
        metadata: {
          deletionTimestamp: timestamp(new Date(now().getTime() + gracePeriodMs)),
          deletionGracePeriodSeconds: Math.ceil(gracePeriodMs / 1000),
        },
      });
    },

    /** Installs one version of a custom resource. */
    serve(...resources: readonly Resource[]): void {
      for (const resource of resources) if (!served.includes(resource)) served.push(resource);
    },

    /** Uninstalls it; with its last version its objects go too, as with a CRD. */
    unserve({ group, plural, version }: { group: string; plural: string; version?: string }): void {
      const goes = (resource: Resource) =>
        resource.group === group && resource.plural === plural && (version ?? resource.version) === resource.version;
      const left = served.filter((resource) => !goes(resource));
      served.splice(0, served.length, ...left);
      if (left.some((resource) => resource.group === group && resource.plural === plural)) return;
      const storage = `${group}/${plural}`;
      for (const [key] of store.entriesAt(storage, store.resourceVersion())) store.remove(storage, key);
      closeWatches(storage);
    },

    /** Ends every watch in good order, as a server does that shuts down. */
    closeWatches: () => closeWatches(),
    onWatchEnd(resource: Resource, end: () => void): () => void {
      watchEnds.set(end, storageOf(resource));
      return () => watchEnds.delete(end);
    },

    /** Older continue tokens, and watches from older resourceVersions, are answered 410 from now on. */
    compact: () => store.compact(),
  };
  for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"]) put(bareNamespace(name));
  return world;
}

/** The API's times have whole seconds. */
const timestamp = (date: Date) => `${date.toISOString().slice(0, 19)}Z`;
