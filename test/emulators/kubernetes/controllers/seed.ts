import { isRecord, listAt, recordAt, textAt } from "../objects.ts";
import type { KubernetesObject } from "../objects.ts";
import type { KubernetesWorld } from "../world.ts";
import { ownerReference } from "./owners.ts";

/** The ReplicaSets that the pods say they are of, and their Deployments, as if they had made the pods. */
export function seedDeployments(world: KubernetesWorld): void {
  const pods = world.list("Pod").filter((pod) => replicaSetOf(pod) !== undefined);
  for (const siblings of Map.groupBy(pods, (pod) => textAt(replicaSetOf(pod), "uid")).values()) seed(world, siblings);
}

function seed(world: KubernetesWorld, pods: readonly KubernetesObject[]): void {
  const [pod] = pods;
  if (pod === undefined) return;
  const { namespace, labels = {} } = pod.metadata;
  const { "pod-template-hash": hash = "", ...own } = labels;
  const set = replicaSetOf(pod);
  const name = textAt(set, "name");
  const apiVersion = "apps/v1";
  const isShared = ([key, value]: readonly [string, string]) =>
    pods.every(({ metadata }) => metadata.labels?.[key] === value);
  const specOf = (labels: Readonly<Record<string, string>>) => ({
    replicas: pods.length,
    selector: { matchLabels: Object.fromEntries(Object.entries(labels).filter(isShared)) },
    template: { metadata: { labels }, spec: { containers: recordAt(pod, "spec")["containers"] } },
  });
  const metadata = { name: name.slice(0, -hash.length - 1), namespace, labels: own };
  const deployment = world.put({ apiVersion, kind: "Deployment", metadata, spec: specOf(own) });
  const ownerReferences = [ownerReference(deployment)];
  world.put({
    apiVersion,
    kind: "ReplicaSet",
    metadata: { name, namespace, uid: textAt(set, "uid"), labels, ownerReferences },
    spec: specOf({ ...own, "pod-template-hash": hash }),
  });
}

function replicaSetOf(pod: KubernetesObject): unknown {
  return listAt(pod, "metadata.ownerReferences").find((one) => isRecord(one) && one["kind"] === "ReplicaSet");
}
