import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { bareNamespace } from "./defaults.ts";
import type { Fault, FaultQuestion } from "./faults.ts";
import { builtInResources, hasFinalizers, isTerminating, keyOf, storageOf, textAt } from "./objects.ts";
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
  /** Between a pod's creation and its running, where `startControllers` plays the kubelets; without it pods run at once. */
  podStartMs?: number | undefined;
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

  /** The object as `put` would keep it, under no new resourceVersion. */
  const prepare = (object: KubernetesObject): KubernetesObject => {
    const resource = resourceOf(object.kind, object.apiVersion);
    const namespace = resource.namespaced ? (object.metadata.namespace ?? "default") : undefined;
    const old = store.read(storageOf(resource), keyOf(namespace, object.metadata.name));
    const metadata: Metadata = {
      ...object.metadata,
      ...(namespace === undefined ? {} : { namespace }),
      uid: object.metadata["uid"] ?? old?.metadata["uid"] ?? randomUUID(),
      creationTimestamp: object.metadata.creationTimestamp ?? old?.metadata.creationTimestamp ?? timestamp(now()),
      ...generationOf(resource, object, old),
    };
    return { ...object, metadata };
  };

  /** Creates or replaces; the namespace comes into being where it is missing. */
  const put = (object: KubernetesObject): KubernetesObject => {
    const prepared = prepare(object);
    const { namespace } = prepared.metadata;
    if (namespace !== undefined && !store.read("/namespaces", keyOf("", namespace))) put(bareNamespace(namespace));
    return store.write(storageOf(resourceOf(object.kind, object.apiVersion)), prepared);
  };

  /** What a namespace holds. */
  const contentOf = (namespace: string): readonly ObjectRef[] =>
    served
      .filter(({ namespaced }) => namespaced)
      .flatMap((resource) =>
        store
          .entriesAt(storageOf(resource), store.resourceVersion())
          .filter(([key]) => key.startsWith(keyOf(namespace, "")))
          .map(([, { metadata }]) => ({ kind: resource.kind, name: metadata.name, namespace })),
      );

  const remove = (ref: ObjectRef): KubernetesObject | undefined => {
    const { storage, key } = locate(ref);
    clearTimeout(removals.get(`${storage} ${key}`));
    removals.delete(`${storage} ${key}`);
    if (ref.kind === "Namespace") contentOf(ref.name).forEach(remove);
    const removed = store.remove(storage, key);
    const namespace = store.read("/namespaces", keyOf("", removed?.metadata.namespace ?? ""));
    if (namespace && isTerminating(namespace) && contentOf(namespace.metadata.name).length === 0)
      store.remove("/namespaces", keyOf("", namespace.metadata.name));
    return removed;
  };

  const patch = (ref: ObjectRef, change: Readonly<Record<string, unknown>>): KubernetesObject => {
    const { storage, key } = locate(ref);
    const old = store.read(storage, key);
    if (!old) throw new Error(`${ref.kind} ${key} does not exist`);
    return store.write(storage, prepare(mergePatch(old, change) as KubernetesObject));
  };

  const mark = (ref: ObjectRef, graceMs: number): KubernetesObject =>
    patch(ref, {
      metadata: {
        deletionTimestamp: timestamp(new Date(now().getTime() + graceMs)),
        deletionGracePeriodSeconds: Math.ceil(graceMs / 1000),
      },
      ...(ref.kind === "Namespace" ? { status: { phase: "Terminating" } } : {}),
    });

  /** What nothing holds is gone; what finalizers hold, or a namespace that is not empty yet, stays with a deletionTimestamp. */
  const release = (ref: ObjectRef, object: KubernetesObject): KubernetesObject | undefined => {
    if (ref.kind === "Namespace") for (const one of contentOf(ref.name)) terminate(one, 0);
    const isHeld = hasFinalizers(object) || (ref.kind === "Namespace" && contentOf(ref.name).length > 0);
    if (!isHeld) return remove(ref);
    return object.metadata["deletionGracePeriodSeconds"] === 0 ? object : mark(ref, 0);
  };

  const terminate = (ref: ObjectRef, graceMs = behaviour.deletionGracePeriodMs ?? 0): KubernetesObject | undefined => {
    const { storage, key } = locate(ref);
    const object = store.read(storage, key);
    if (!object) return undefined;
    // A pod that runs nowhere has nothing to end.
    const isAtOnce = ref.kind !== "Pod" || graceMs === 0 || textAt(object, "spec.nodeName") === "";
    if (isAtOnce) return release(ref, object);
    if (isTerminating(object)) return object;
    const end = () => {
      const last = store.read(storage, key);
      if (last) release(ref, last);
    };
    removals.set(`${storage} ${key}`, setTimeout(end, graceMs).unref());
    return mark(ref, graceMs);
  };

  const world = {
    options: behaviour,
    store,
    /** Every request, the oldest first; empty it with `log.length = 0`. */
    log: [] as RequestRecord[],
    resources: (): readonly Resource[] => served,
    now,
    /** As the API writes times. */
    timestamp: () => timestamp(now()),
    prepare,
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

    /** As a DELETE of the API: a pod goes after `deletionGracePeriodMs`, everything else at once, and what has finalizers once it has none. */
    terminate,

    /** What is being deleted, and is held no more, goes; the object itself. */
    settle(object: KubernetesObject): KubernetesObject {
      const { kind, metadata } = object;
      const { name, namespace } = metadata;
      if (isTerminating(object) && metadata["deletionGracePeriodSeconds"] === 0)
        release({ kind, name, namespace }, object);
      return object;
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

/** Rises with each change of the specification; what has none in life has none here. */
function generationOf(resource: Resource, object: KubernetesObject, old: KubernetesObject | undefined): object {
  if (resource.group === "" || object["spec"] === undefined) return {};
  const generation = Number(old?.metadata["generation"] ?? 0);
  return { generation: old && isDeepStrictEqual(old["spec"], object["spec"]) ? generation : generation + 1 };
}

/** The API's times have whole seconds. */
const timestamp = (date: Date) => `${date.toISOString().slice(0, 19)}Z`;
