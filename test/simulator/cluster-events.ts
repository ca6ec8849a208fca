import type { NodeTruth, PodTruth } from "./cluster.ts";
import { later, pickAt } from "./stage.ts";
import type { Stage } from "./stage.ts";
import type { App, Event } from "./story.ts";
import { isLiving } from "./wishes.ts";

type Of<K extends Event["kind"]> = Extract<Event, { readonly kind: K }>;

/** How long a controller takes to make another pod, and the kubelet to give it an address, in milliseconds. */
const NOTICES = 200;
const ADDRESS = 1_500;
const READY = 1_500;
const GRACE = 3_000;

/** A pod's first days: without an address, with one, and ready. */
export function raise(
  stage: Stage,
  app: App,
  {
    address = ADDRESS,
    ready = READY,
    name,
    at,
  }: {
    readonly address?: number;
    readonly ready?: number;
    readonly name?: string;
    readonly at?: readonly string[];
  } = {},
): PodTruth {
  const { cluster } = stage;
  const pod = cluster.create(app, name);
  later(stage, address, () => {
    if (!cluster.pods.includes(pod) || pod.isTerminating) return;
    cluster.place(pod, at);
    later(stage, ready, () => {
      if (cluster.pods.includes(pod) && pod.phase === "Running" && !pod.isTerminating) setReady(stage, pod, true);
    });
  });
  return pod;
}

/** Pods that are there already when the story begins. */
export function settleApps(stage: Stage): void {
  const { cluster } = stage;
  for (const app of cluster.apps) {
    for (let index = 0; index < app.replicas; index++) {
      const pod = cluster.create(app);
      cluster.place(pod);
      setReady(stage, pod, true);
    }
  }
}

export function scaleUp(stage: Stage, { app, by, address, ready }: Of<"scale-up">): void {
  const wanted = pickAt(stage.cluster.apps, app);
  if (wanted !== undefined) for (let index = 0; index < by; index++) raise(stage, wanted, { address, ready });
}

export function deletePod(stage: Stage, { pod, grace }: Of<"delete">): void {
  const one = pickAt(livingOf(stage), pod);
  if (one !== undefined) terminate(stage, one, grace);
}

/** Its address is free at once: the API server forgets the pod, whatever its machine does. */
export function forceDelete(stage: Stage, { pod, successor }: Of<"force-delete">): void {
  const { cluster } = stage;
  const one = pickAt(livingOf(stage), pod);
  if (one === undefined) return;
  const { ips } = one;
  cluster.remove(one, false);
  const app = pickAt(cluster.apps, pod + 1);
  if (successor && app !== undefined && !app.isHostNetwork && !one.isHostNetwork)
    raise(stage, app, { address: 300, ready: 500, at: ips });
}

export function finish(stage: Stage, { pod, phase }: Of<"finish">): void {
  const one = pickAt(livingOf(stage), pod);
  if (one === undefined) return;
  stage.cluster.update(one, { phase, isReady: false, areContainersReady: false });
  // The object stays, and names an address that is another's soon.
  if (!one.isHostNetwork) stage.cluster.addresses.free(one.ips, true);
}

export function flap(stage: Stage, { pod, lasts }: Of<"flap">): void {
  const one = pickAt(livingOf(stage), pod);
  if (one !== undefined) darken(stage, one, lasts);
}

export function unreadyAll(stage: Stage, { app, lasts }: Of<"unready-all">): void {
  const name = pickAt(stage.cluster.apps, app)?.name;
  for (const one of livingOf(stage).filter((pod) => pod.app === name)) darken(stage, one, lasts);
}

/** As a StatefulSet does: the same name, at another address. */
export function restart(stage: Stage, { pod, ready }: Of<"restart">): void {
  const one = pickAt(livingOf(stage), pod);
  const app = stage.cluster.apps.find(({ name }) => name === one?.app);
  if (one === undefined || app === undefined) return;
  terminate(stage, one, GRACE, () => raise(stage, app, { name: one.name, ready }));
}

/** One after the other: a new pod, and once it has been ready for a while an old one goes. */
export function rollOut(stage: Stage, { app, ready, minReady, grace, step }: Of<"rollout">): void {
  const wanted = pickAt(stage.cluster.apps, app);
  if (wanted === undefined) return;
  const old = livingOf(stage).filter((pod) => pod.app === wanted.name);
  const next = () => {
    const leaving = old.splice(0, step).filter((pod) => stage.cluster.pods.includes(pod));
    if (leaving.length === 0) return;
    for (const [index, pod] of leaving.entries()) {
      raise(stage, wanted, { ready });
      later(stage, ADDRESS + ready + minReady, () => {
        terminate(stage, pod, grace);
        if (index === 0) later(stage, NOTICES, next);
      });
    }
  };
  next();
}

export function relabel(stage: Stage, { pod, app, back }: Of<"relabel">): void {
  const one = pickAt(livingOf(stage), pod);
  const to = pickAt([...stage.cluster.apps.map(({ name }) => name), "nobody"], app);
  if (one === undefined || to === undefined) return;
  const before = one.app;
  stage.cluster.update(one, { app: to });
  if (back > 0) later(stage, back, () => stage.cluster.update(one, { app: before }));
}

/** It is tainted, and its pods are moved one by one. */
export function drain(stage: Stage, { node }: Of<"drain">): void {
  const leaving = pickAt(stage.cluster.nodes, node);
  if (leaving === undefined) return;
  stage.cluster.updateNode(leaving, { isTainted: true });
  for (const [index, pod] of podsOn(stage, leaving).entries())
    later(stage, 2_000 + index * 1_500, () => {
      terminate(stage, pod, GRACE);
      replace(stage, pod);
    });
  later(stage, 40_000, () => stage.cluster.updateNode(leaving, { isTainted: false }));
}

/** Its machine is gone; Kubernetes says so later, and its pods go later still. */
export function loseNode(stage: Stage, { node, evicts }: Of<"node-dies">): void {
  const { cluster } = stage;
  const dead = pickAt(cluster.nodes, node);
  if (dead === undefined || dead.ready !== "True") return;
  cluster.updateNode(dead, { isLost: true });
  later(stage, evicts / 2, () => silence(stage, dead));
  later(stage, evicts, () => {
    for (const pod of podsOn(stage, dead)) {
      cluster.remove(pod, true);
      replace(stage, pod);
    }
  });
  // Another machine takes its name.
  later(stage, evicts + 20_000, () => {
    cluster.updateNode(dead, { isLost: false });
    hear(stage, dead);
  });
}

/** From a kubelet's being heard again to what it says of its pods, in milliseconds: it looks through them each ten seconds. */
const TELLS_WITHIN = 10_000;

/** The control plane hears nothing of some nodes, one after the other, while all of them serve. */
export function silenceNodes(stage: Stage, { share, step, lasts }: Of<"silence">): void {
  const { nodes } = stage.cluster;
  const mute = nodes.slice(0, Math.ceil(nodes.length * share)).filter(({ ready }) => ready === "True");
  for (const [index, node] of mute.entries()) later(stage, index * step, () => silence(stage, node));
  later(stage, mute.length * step + lasts, () => {
    for (const node of mute) hear(stage, node);
  });
}

/** The node's kubelet is heard again, and says of its pods what they are. */
function hear(stage: Stage, node: NodeTruth): void {
  stage.cluster.updateNode(node, { ready: "True" });
  const pods = podsOn(stage, node);
  for (const [index, pod] of pods.entries())
    later(stage, ((index + 1) / pods.length) * TELLS_WITHIN, () => {
      if (pod.areContainersReady) setReady(stage, pod, true);
    });
}

function silence(stage: Stage, node: NodeTruth): void {
  stage.cluster.updateNode(node, { ready: "Unknown" });
  for (const pod of podsOn(stage, node)) stage.cluster.update(pod, { isReady: false });
}

function terminate(stage: Stage, pod: PodTruth, grace: number, then: () => void = () => {}): void {
  const { cluster } = stage;
  if (!cluster.pods.includes(pod) || pod.isTerminating) return;
  cluster.update(pod, { isTerminating: true });
  later(stage, grace, () => {
    cluster.remove(pod, true);
    then();
  });
}

function darken(stage: Stage, pod: PodTruth, lasts: number): void {
  setReady(stage, pod, false);
  later(stage, lasts, () => setReady(stage, pod, true));
}

function setReady(stage: Stage, pod: PodTruth, isReady: boolean): void {
  const { cluster } = stage;
  if (!cluster.pods.includes(pod) || pod.phase !== "Running") return;
  const node = cluster.nodes.find(({ name }) => name === pod.node);
  cluster.update(pod, { areContainersReady: isReady, isReady: isReady && node?.ready !== "Unknown" });
}

function replace(stage: Stage, pod: PodTruth): void {
  const app = stage.cluster.apps.find(({ name }) => name === pod.app);
  if (app !== undefined) raise(stage, app);
}

function podsOn({ cluster }: Stage, node: NodeTruth): readonly PodTruth[] {
  return cluster.pods.filter((pod) => pod.node === node.name && !pod.isTerminating);
}

function livingOf({ cluster }: Stage): PodTruth[] {
  return cluster.pods.filter((pod) => isLiving(pod, cluster, { nodes: { zones: true, ec2: true } }));
}
