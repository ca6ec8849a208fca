import { podName } from "../../functions/core/model.ts";
import type { Change } from "../../functions/core/change.ts";
import type { Attributes, Instance, Pod } from "../../functions/core/model.ts";
import { makeChange } from "./memory-world.ts";
import type { MemoryCluster, MemoryRegistry } from "./memory-world.ts";

/**
 * Version 0.1.0 as it met other versions: whatever carries its owner is its own, whichever cluster it comes from, and a key that it
 * does not write is drift. One pass over one service whose mapping chooses every pod; returns what it wrote.
 */
export function passOfEarlierVersion(
  pods: MemoryCluster,
  registry: MemoryRegistry,
  { service, owner }: { readonly service: string; readonly owner: string },
): readonly string[] {
  const held = registry.get(service) ?? new Map<string, Instance>();
  registry.set(service, held);
  const living = new Map([...pods.values()].filter(({ state }) => state === "ready").map((pod) => [pod.ips[0], pod]));
  const written: string[] = [];
  const write = (change: Change) => {
    makeChange(held, change);
    written.push(`${change.kind} ${change.id}`);
  };
  for (const [id = "", pod] of living) {
    const attributes = attributesOf(pod, owner);
    if (isSame(held.get(id)?.attributes, attributes)) continue;
    const health = undefined;
    write({ kind: "register", id, pod: pod.key, attributes, health, reason: "drifted", keys: [], since: pod.since });
  }
  for (const { id, attributes } of held.values()) {
    if (attributes["eks-cloudmap-sync/owner"] !== owner || living.has(id)) continue;
    write({ kind: "deregister", id, pod: undefined, reason: "pod-gone" });
  }
  return written;
}

function attributesOf({ key, ips, labels }: Pod, owner: string): Attributes {
  return {
    ...labels,
    AWS_INSTANCE_IPV4: ips[0] ?? "",
    "k8s.io/namespace": key.namespace,
    "k8s.io/pod": key.name,
    "eks-cloudmap-sync/owner": owner,
  };
}

function isSame(observed: Attributes | undefined, desired: Attributes): boolean {
  const keys = new Set([...Object.keys(observed ?? {}), ...Object.keys(desired)]);
  return observed !== undefined && [...keys].every((key) => observed[key] === desired[key]);
}

/** What a registry holds of a service: `id pod`, sorted. */
export function heldOf(registry: MemoryRegistry, service: string): readonly string[] {
  return [...(registry.get(service)?.values() ?? [])]
    .map(({ id, attributes }) => `${id} ${attributes["k8s.io/namespace"]}/${attributes["k8s.io/pod"]}`)
    .toSorted();
}

/** The same of the pods that live. */
export function livingOf(pods: MemoryCluster): readonly string[] {
  return [...pods.values()].map(({ key, ips }) => `${ips[0]} ${podName(key)}`).toSorted();
}
