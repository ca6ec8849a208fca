import { setTimeout as sleep } from "node:timers/promises";
import { connectKubeconfig } from "../../functions/kubernetes/kubeconfig/connect.ts";
import { openStream } from "../../functions/kubernetes/watch-stream.ts";
import type { ControlPlane } from "../support/control-plane.ts";
import { openProbe, PROBED } from "./probe.ts";
import type { Probe } from "./probe.ts";

/** What the cluster itself says of its Services, beside and apart from what is tested. */
export type Witness = Pick<Probe, "lag" | "hasShown"> & {
  /** The addresses that are ready by the Service's EndpointSlices, `namespace/name` of the Service. */
  readonly readyOf: (service: string) => ReadonlySet<string>;
  /** The addresses of pods that are neither terminating nor terminal. */
  readonly living: () => ReadonlySet<string>;
  readonly stop: () => void;
};

type Item = {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
};
type Slice = Item & {
  readonly endpoints?:
    | readonly { readonly addresses: readonly string[]; readonly conditions: Readonly<Record<string, boolean>> }[]
    | null;
};
type Pod = Item & { readonly status: { readonly phase?: string; readonly podIP?: string } };

/** The probe's objects have to be there. */
export function openWitness({ kubeconfig, server }: Pick<ControlPlane, "kubeconfig" | "server">): Witness {
  const stopped = new AbortController();
  const slices = follow<Slice>(kubeconfig, "/apis/discovery.k8s.io/v1/endpointslices", stopped.signal);
  const readyOf = (service: string) =>
    new Set(
      [...slices.values()]
        .filter(
          ({ metadata: { namespace, labels } }) => `${namespace}/${labels?.["kubernetes.io/service-name"]}` === service,
        )
        .flatMap(({ endpoints }) => endpoints ?? [])
        .filter(({ conditions }) => conditions["ready"] === true && conditions["terminating"] !== true)
        .flatMap(({ addresses }) => addresses),
    );
  const probe = openProbe(server, () => readyOf(PROBED.service).has(PROBED.ip));
  return {
    readyOf,
    lag: probe.lag,
    hasShown: probe.hasShown,
    living: followLiving(kubeconfig, stopped.signal),
    stop: () => {
      probe.stop();
      stopped.abort();
    },
  };
}

/** The addresses of pods that are neither terminating nor terminal, until the signal. */
export function followLiving(kubeconfig: string, signal: AbortSignal): () => ReadonlySet<string> {
  const pods = follow<Pod>(kubeconfig, "/api/v1/pods", signal);
  return () =>
    new Set(
      [...pods.values()]
        .filter(({ metadata, status: { phase } }) => {
          const isTerminal = phase === "Succeeded" || phase === "Failed";
          return metadata.deletionTimestamp === undefined && !isTerminal;
        })
        .flatMap(({ status }) => status.podIP ?? []),
    );
}

/** The objects as they are now, by namespace and name. While the API server does not answer they stay as they were. */
function follow<T extends Item>(kubeconfig: string, path: string, signal: AbortSignal): ReadonlyMap<string, T> {
  const known = new Map<string, T>();
  const keyOf = ({ metadata }: Item) => `${metadata.namespace}/${metadata.name}`;
  const listAndWatch = async () => {
    const connection = await connectKubeconfig({ file: kubeconfig, variables: {} });
    const { text } = await connection.get(path, { signal });
    const { items, metadata } = JSON.parse(text) as {
      readonly items: readonly T[];
      readonly metadata: { readonly resourceVersion: string };
    };
    known.clear();
    for (const item of items) known.set(keyOf(item), item);
    const onEvent = (type: string, object: unknown) => {
      const item = object as T;
      if (type === "DELETED") known.delete(keyOf(item));
      else if (type !== "BOOKMARK") known.set(keyOf(item), item);
    };
    await openStream(connection, { path, query: { resourceVersion: metadata.resourceVersion }, onEvent, signal });
  };
  const forever = async () => {
    while (!signal.aborted) {
      await listAndWatch().catch(() => {});
      await sleep(200);
    }
  };
  void forever();
  return known;
}
