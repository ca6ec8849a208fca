import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { isRecord, listAt, numberAt, recordAt, textAt } from "../objects.ts";
import type { KubernetesObject } from "../objects.ts";
import type { KubernetesWorld } from "../world.ts";
import { ownedBy, ownerReference, refOf } from "./owners.ts";
import { writeStatus } from "./replica-sets.ts";

const HASH = "pod-template-hash";
const REVISION = "deployment.kubernetes.io/revision";

/** One step of a rollout: towards as many pods of the present template as are wanted, within surge and unavailability. */
export function syncDeployment(world: KubernetesWorld, deployment: KubernetesObject): void {
  const known = setsOf(world, deployment);
  const template = templateOf(deployment);
  const set = known.find((one) => isDeepStrictEqual(templateOf(one), template)) ?? world.put(setOf(deployment));
  number(world, deployment, set, known);
  scale(world, deployment, set);
  const sets = setsOf(world, deployment);
  forget(world, deployment, sets);
  writeStatus(world, deployment, statusOf(world, deployment, sets, set));
}

const setsOf = (world: KubernetesWorld, deployment: KubernetesObject) => ownedBy(world.list("ReplicaSet"), deployment);

/** A pod's template, without what makes it one ReplicaSet's, and without what is empty: kubectl writes some of that, as `rollout undo` does. */
function templateOf(object: KubernetesObject): unknown {
  const text = JSON.stringify(recordAt(object, "spec.template"), (key, value: unknown) =>
    key === HASH || isEmpty(value) ? undefined : value,
  );
  return JSON.parse(text);
}

const isEmpty = (value: unknown) => value === null || (isRecord(value) && Object.keys(value).length === 0);

function setOf(deployment: KubernetesObject): KubernetesObject {
  const hash = createHash("sha256")
    .update(JSON.stringify(templateOf(deployment)))
    .digest("hex")
    .slice(0, 10);
  const template = recordAt(deployment, "spec.template");
  const metadata = recordAt(deployment, "spec.template.metadata");
  const labels = { ...recordAt(deployment, "spec.template.metadata.labels"), [HASH]: hash } as Readonly<
    Record<string, string>
  >;
  const matchLabels = { ...recordAt(deployment, "spec.selector.matchLabels"), [HASH]: hash };
  const { name, namespace } = deployment.metadata;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: `${name}-${hash}`, namespace, labels, ownerReferences: [ownerReference(deployment)] },
    spec: { replicas: 0, selector: { matchLabels }, template: { ...template, metadata: { ...metadata, labels } } },
  };
}

/** The present template's ReplicaSet has the highest revision, also where it is an old one that has come back. */
function number(
  world: KubernetesWorld,
  deployment: KubernetesObject,
  set: KubernetesObject,
  known: readonly KubernetesObject[],
): void {
  const others = known.filter(({ metadata }) => metadata.name !== set.metadata.name).map(revisionOf);
  const revision = String(Math.max(revisionOf(set), ...others.map((other) => other + 1), 1));
  for (const object of [set, deployment])
    if (object.metadata.annotations?.[REVISION] !== revision)
      world.patch(refOf(object), { metadata: { annotations: { [REVISION]: revision } } });
}

const revisionOf = ({ metadata }: KubernetesObject) => Number(metadata.annotations?.[REVISION] ?? 0);

function scale(world: KubernetesWorld, deployment: KubernetesObject, { metadata: { name } }: KubernetesObject): void {
  const wanted = numberAt(deployment, "spec.replicas");
  const { surge, unavailable } = slackOf(deployment);
  const sets = setsOf(world, deployment);
  const [set] = sets.filter(({ metadata }) => metadata.name === name);
  const old = sets.filter(({ metadata }) => metadata.name !== name);
  if (set === undefined) return;
  const isRecreate = textAt(deployment, "spec.strategy.type") === "Recreate";
  const own = numberAt(set, "spec.replicas");
  const others = sum(old, isRecreate ? "status.replicas" : "spec.replicas");
  const room = isRecreate ? (others === 0 ? wanted : 0) : wanted + surge - others;
  resize(world, set, Math.min(wanted, Math.max(own, room)));
  // What is not ready goes first, and of what is ready only what those that remain can spare.
  let spare = isRecreate ? Infinity : sum(sets, "status.availableReplicas") - (wanted - unavailable);
  for (const one of old) {
    const replicas = numberAt(one, "spec.replicas");
    const unready = replicas - numberAt(one, "status.availableReplicas");
    const going = Math.min(replicas, Math.max(unready, 0) + Math.max(spare, 0));
    spare -= Math.max(going - unready, 0);
    resize(world, one, replicas - going);
  }
}

function resize(world: KubernetesWorld, set: KubernetesObject, replicas: number): void {
  if (numberAt(set, "spec.replicas") !== replicas) world.patch(refOf(set), { spec: { replicas } });
}

/** How many pods more, and how many fewer, there may be meanwhile. */
function slackOf(deployment: KubernetesObject): { readonly surge: number; readonly unavailable: number } {
  const wanted = numberAt(deployment, "spec.replicas");
  const read = (name: string, round: (value: number) => number) => {
    const text = textAt(deployment, `spec.strategy.rollingUpdate.${name}`) || "25%";
    return text.endsWith("%") ? round((wanted * Number.parseInt(text, 10)) / 100) : Number(text);
  };
  const surge = read("maxSurge", Math.ceil);
  const unavailable = read("maxUnavailable", Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** Of ReplicaSets without pods the newest ten are kept, for `rollout undo`. */
function forget(world: KubernetesWorld, deployment: KubernetesObject, sets: readonly KubernetesObject[]): void {
  const limit = Number(textAt(deployment, "spec.revisionHistoryLimit") || 10);
  const empty = sets.filter((set) => numberAt(set, "spec.replicas") === 0 && numberAt(set, "status.replicas") === 0);
  const old = empty.filter((set) => revisionOf(set) < Math.max(...sets.map(revisionOf)));
  for (const set of old.toSorted((a, b) => revisionOf(b) - revisionOf(a)).slice(limit)) world.terminate(refOf(set));
}

function statusOf(
  world: KubernetesWorld,
  deployment: KubernetesObject,
  sets: readonly KubernetesObject[],
  { metadata: { name } }: KubernetesObject,
): object {
  const wanted = numberAt(deployment, "spec.replicas");
  const replicas = sum(sets, "status.replicas");
  const available = sum(sets, "status.availableReplicas");
  const updated = sum(
    sets.filter(({ metadata }) => metadata.name === name),
    "status.replicas",
  );
  const isAvailable = available >= wanted - slackOf(deployment).unavailable;
  const isComplete = updated === wanted && replicas === wanted && available === wanted;
  const condition = (type: string, isTrue: boolean, reason: string) =>
    conditionOf(world, deployment, { type, status: isTrue ? "True" : "False", reason });
  return {
    observedGeneration: deployment.metadata["generation"],
    replicas,
    updatedReplicas: updated,
    readyReplicas: sum(sets, "status.readyReplicas"),
    availableReplicas: available,
    unavailableReplicas: Math.max(wanted - available, 0),
    conditions: [
      condition("Available", isAvailable, isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable"),
      condition("Progressing", true, isComplete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated"),
    ],
  };
}

type Condition = { readonly type: string; readonly status: string; readonly reason: string };

/** With the time since when it is so. */
function conditionOf(world: KubernetesWorld, deployment: KubernetesObject, condition: Condition): object {
  const before = listAt(deployment, "status.conditions").find((one) => textAt(one, "type") === condition.type);
  const since =
    textAt(before, "status") === condition.status ? textAt(before, "lastTransitionTime") : world.timestamp();
  return { ...condition, lastTransitionTime: since };
}

const sum = (sets: readonly KubernetesObject[], path: string) =>
  sets.reduce((total, set) => total + numberAt(set, path), 0);
