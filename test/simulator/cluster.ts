import { keyOf } from "../emulators/kubernetes/objects.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import type { KubernetesWorld } from "../emulators/kubernetes/world.ts";
import { meshesV1beta2, meshObject, virtualNodesV1beta2 } from "../emulators/kubernetes/custom-resources.ts";
import { createAddresses } from "./addresses.ts";
import type { Addresses } from "./addresses.ts";
import type { VirtualTime } from "./clock.ts";
import { MESH, nodeObjectOf, objectsOf, podObjectOf } from "./objects.ts";
import type { App, ClaimObject, ClusterSetup } from "./story.ts";

/** A pod as it truly is. */
export type PodTruth = {
  /** It is the load balancer of a Service, which is there while it has names. */
  readonly kind?: "Service";
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: number;
  readonly node: string;
  readonly isHostNetwork: boolean;
  app: string;
  /** The primary first. */
  ips: readonly string[];
  isReady: boolean;
  /** Its containers', which what its node says does not change. */
  areContainersReady: boolean;
  phase: "Pending" | "Running" | "Succeeded" | "Failed";
  isTerminating: boolean;
};

export type NodeTruth = {
  readonly name: string;
  readonly ip: string;
  readonly machine: string;
  readonly zone: string;
  ready: "True" | "False" | "Unknown";
  isTainted: boolean;
  /** EC2 has taken the machine away. */
  isLost: boolean;
};

const EXPORTS = {
  group: "multicluster.x-k8s.io",
  version: "v1alpha1",
  plural: "serviceexports",
  kind: "ServiceExport",
  namespaced: true,
};

/** A cluster: what is true of it, written down in its API server at once. */
export type Cluster = {
  readonly setup: ClusterSetup;
  /** The UID of its namespace kube-system. */
  readonly uid: string;
  readonly api: KubernetesWorld;
  /** How its control plane fails to answer for good, once it does. */
  readonly loss: () => "silent" | "unreachable" | undefined;
  readonly lose: (loss: "silent" | "unreachable") => void;
  /** Its pods end, and nobody says so. */
  readonly end: () => void;
  readonly pods: readonly PodTruth[];
  /** One for each Service that claims, or has claimed, for its own. */
  readonly balancers: readonly PodTruth[];
  readonly nodes: readonly NodeTruth[];
  readonly claims: readonly ClaimObject[];
  readonly apps: readonly App[];
  /** Of which a kind is served. */
  readonly serves: (kind: ClaimObject["kind"]) => boolean;
  readonly addresses: Addresses;
  readonly create: (app: App, name?: string) => PodTruth;
  /** Gives it addresses; `at`: those. */
  readonly place: (pod: PodTruth, at?: readonly string[]) => void;
  readonly update: (
    pod: PodTruth,
    change: Partial<Pick<PodTruth, "app" | "isReady" | "areContainersReady" | "phase" | "isTerminating">>,
  ) => void;
  /** `keeps`: whether its addresses rest for a while, as the CNI has it where a pod ends in good order. */
  readonly remove: (pod: PodTruth, keeps: boolean) => void;
  readonly updateNode: (node: NodeTruth, change: Partial<Pick<NodeTruth, "ready" | "isTainted" | "isLost">>) => void;
  readonly updateClaim: (index: number, change: Partial<ClaimObject>) => void;
  readonly serveVirtualNodes: (isServed: boolean) => void;
};

/** `changed` is told after each change. */
export function createCluster(setup: ClusterSetup, time: VirtualTime, changed: () => void): Cluster {
  const api = createKubernetes({
    now: () => new Date(time.now()),
    resources: [EXPORTS, meshesV1beta2, virtualNodesV1beta2],
  });
  const addresses = createAddresses(setup.network, setup.addresses, time);
  const pods: PodTruth[] = [];
  const claims = [...setup.claims];
  const balancers = setup.claims.map((claim) => balancerOf(claim, time.now()));
  const nodes = Array.from({ length: setup.nodes }, (_, index): NodeTruth => ({
    name: `node-${index}`,
    ip: `${setup.network}.250.${index + 1}`,
    machine: `i-${setup.name}-${index}`,
    zone: `${setup.region ?? "us-west-2"}${"abc"[index % 3] ?? "a"}`,
    ready: "True",
    isTainted: false,
    isLost: false,
  }));
  let made = 0;
  let hasVirtualNodes = true;
  let loss: ReturnType<Cluster["loss"]>;

  const write = (pod: PodTruth) => {
    api.put(
      podObjectOf(
        pod,
        setup.apps.find(({ name }) => name === pod.app),
      ),
    );
    changed();
  };
  const writeNode = (node: NodeTruth) => {
    api.put(nodeObjectOf(node));
    changed();
  };
  const writeClaim = (claim: ClaimObject, before: ClaimObject | undefined) => {
    if (claim.kind !== "VirtualNode" || hasVirtualNodes) {
      for (const { kind, metadata } of before === undefined ? [] : objectsOf(before))
        api.remove({ kind, namespace: metadata.namespace ?? "default", name: metadata.name });
      if (claim.isThere) for (const object of objectsOf(claim)) api.put(object);
    }
    changed();
  };

  for (const name of setup.namespaces)
    api.put({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { mesh: MESH } } });
  api.put(meshObject({ name: MESH }));
  for (const node of nodes) writeNode(node);
  for (const claim of claims) writeClaim(claim, undefined);

  return {
    setup,
    uid: uidOf(api),
    api,
    loss: () => loss,
    lose: (how) => (loss = how),
    end: () => void pods.splice(0),
    pods,
    balancers: balancers.filter((one) => one !== undefined),
    nodes,
    claims,
    apps: setup.apps,
    serves: (kind) => kind !== "VirtualNode" || hasVirtualNodes,
    addresses,
    create: (app, name) => {
      const number = made++;
      const node = nodes[number % nodes.length];
      if (node === undefined) throw new RangeError("a cluster needs a node");
      const pod: PodTruth = {
        namespace: app.namespace,
        name: name ?? `${app.name}-${number.toString(36)}`,
        createdAt: time.now(),
        node: (
          nodes.find((one, index) => index >= number % nodes.length && !one.isTainted && one.ready === "True") ?? node
        ).name,
        isHostNetwork: app.isHostNetwork,
        app: app.name,
        ips: [],
        isReady: false,
        areContainersReady: false,
        phase: "Pending",
        isTerminating: false,
      };
      pods.push(pod);
      write(pod);
      return pod;
    },
    place: (pod, at) => {
      const app = setup.apps.find(({ name }) => name === pod.app);
      const hostIp = nodes.find(({ name }) => name === pod.node)?.ip;
      pod.ips =
        pod.isHostNetwork && hostIp !== undefined ? [hostIp] : (at ?? addresses.take(app?.isDualStack === true));
      pod.phase = "Running";
      write(pod);
    },
    update: (pod, change) => {
      Object.assign(pod, change);
      if (pods.includes(pod)) write(pod);
    },
    remove: (pod, keeps) => {
      const at = pods.indexOf(pod);
      if (at < 0) return;
      pods.splice(at, 1);
      if (!pod.isHostNetwork) addresses.free(pod.ips, keeps);
      api.remove({ kind: "Pod", namespace: pod.namespace, name: pod.name });
      changed();
    },
    updateNode: (node, change) => {
      Object.assign(node, change);
      writeNode(node);
    },
    updateClaim: (index, change) => {
      const before = claims[index];
      if (before === undefined) return;
      const after = { ...before, ...change };
      claims[index] = after;
      const balancer = balancers[index];
      if (balancer !== undefined) balancer.ips = namesOf(after);
      writeClaim(after, before);
    },
    serveVirtualNodes: (isServed) => {
      hasVirtualNodes = isServed;
      if (isServed) api.serve(virtualNodesV1beta2);
      else api.unserve(virtualNodesV1beta2);
      for (const claim of claims) if (claim.kind === "VirtualNode") writeClaim(claim, undefined);
      changed();
    },
  };
}

function uidOf(api: KubernetesWorld): string {
  const uid = api.store.read("/namespaces", keyOf("", "kube-system"))?.metadata["uid"];
  if (typeof uid !== "string") throw new RangeError("a cluster needs a namespace kube-system");
  return uid;
}

function balancerOf(claim: ClaimObject, createdAt: number): PodTruth | undefined {
  if (claim.address !== "load-balancer") return undefined;
  return {
    kind: "Service",
    namespace: claim.namespace,
    name: claim.name,
    createdAt,
    node: "",
    isHostNetwork: false,
    app: "",
    ips: namesOf(claim),
    isReady: true,
    areContainersReady: true,
    phase: "Running",
    isTerminating: false,
  };
}

function namesOf({ isThere, ingress = [] }: ClaimObject): readonly string[] {
  return isThere ? ingress : [];
}
