import { isDeepStrictEqual } from "node:util";
import { isRecord, isTerminating, numberAt, recordAt, textAt } from "../objects.ts";
import type { KubernetesObject } from "../objects.ts";
import { randomSuffix } from "../names.ts";
import type { KubernetesWorld } from "../world.ts";
import { ownedBy, ownerReference, refOf } from "./owners.ts";

/** As many pods as it is to have; what is not ready, and then what is new, goes first. */
export function syncReplicaSet(world: KubernetesWorld, set: KubernetesObject): void {
  release(world, set);
  const pods = activePods(world, set);
  const wanted = numberAt(set, "spec.replicas");
  for (let missing = wanted - pods.length; missing > 0; missing--) world.put(podOf(set));
  for (const pod of pods.toSorted(byWorth).slice(wanted)) world.terminate(refOf(pod));
  const active = activePods(world, set);
  const ready = active.filter(isReady).length;
  writeStatus(world, set, {
    replicas: active.length,
    fullyLabeledReplicas: active.length,
    readyReplicas: ready,
    availableReplicas: ready,
    observedGeneration: set.metadata["generation"],
  });
}

/** Writes where there is something new. */
export function writeStatus(world: KubernetesWorld, object: KubernetesObject, status: object): void {
  if (!isDeepStrictEqual(object["status"], status)) world.patch(refOf(object), { status });
}

/** A pod that has lost the labels that it is selected by is let go, as people do who look into one. */
function release(world: KubernetesWorld, set: KubernetesObject): void {
  const selector = Object.entries(recordAt(set, "spec.selector.matchLabels"));
  for (const pod of ownedBy(world.list("Pod"), set)) {
    const { labels = {} } = pod.metadata;
    if (selector.some(([key, value]) => labels[key] !== value))
      world.patch(refOf(pod), { metadata: { ownerReferences: null } });
  }
}

function activePods(world: KubernetesWorld, set: KubernetesObject): readonly KubernetesObject[] {
  return ownedBy(world.list("Pod"), set).filter((pod) => !isTerminating(pod) && !isDone(pod));
}

const isDone = (pod: KubernetesObject) => ["Succeeded", "Failed"].includes(textAt(pod, "status.phase"));

function byWorth(a: KubernetesObject, b: KubernetesObject): number {
  if (isReady(a) !== isReady(b)) return isReady(a) ? -1 : 1;
  return (a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? -1 : 1;
}

function isReady(pod: KubernetesObject): boolean {
  const { conditions } = recordAt(pod, "status");
  return (
    Array.isArray(conditions) &&
    conditions.some((one) => isRecord(one) && one["type"] === "Ready" && one["status"] === "True")
  );
}

function podOf(set: KubernetesObject): KubernetesObject {
  const { name, namespace } = set.metadata;
  const { labels, annotations } = recordAt(set, "spec.template.metadata");
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${name}-${randomSuffix()}`,
      generateName: `${name}-`,
      namespace,
      ...(isRecord(labels) ? { labels: labels as Readonly<Record<string, string>> } : {}),
      ...(isRecord(annotations) ? { annotations: annotations as Readonly<Record<string, string>> } : {}),
      ownerReferences: [ownerReference(set)],
    },
    spec: { restartPolicy: "Always", terminationGracePeriodSeconds: 30, ...recordAt(set, "spec.template.spec") },
    status: { phase: "Pending", qosClass: "BestEffort" },
  };
}
