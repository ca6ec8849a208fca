import { createHash } from "node:crypto";
import type { KubernetesObject } from "./objects.ts";

export type Labels = Readonly<Record<string, string>>;
type Condition = { readonly type: string; readonly status: "True" | "False" | "Unknown"; readonly reason?: string };

export type PodShape = {
  readonly name: string;
  readonly namespace?: string;
  /** null: no address yet, as before the sandbox runs. */
  readonly ip?: string | null;
  /** All addresses of a dual-stack pod, the first one the primary. */
  readonly ips?: readonly string[];
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly node?: string;
  readonly ready?: boolean;
  readonly phase?: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
  readonly deleting?: boolean;
  readonly ports?: readonly {
    readonly containerPort: number;
    readonly name?: string;
    readonly protocol?: string;
    readonly hostPort?: number;
  }[];
  readonly readinessGates?: readonly string[];
  /** Added to, or in place of, those that follow from `ready`. */
  readonly conditions?: readonly Condition[];
  readonly hostNetwork?: boolean;
  /** The name of its ReplicaSet, `<Deployment>-<hash>`. */
  readonly owner?: string;
  readonly createdAt?: string;
  readonly uid?: string;
};

const longAgo = "2026-01-05T08:00:00Z";
const defaultNode = "ip-192-168-34-246.us-west-2.compute.internal";

/** A pod as a kubelet's status writes have left it. */
export function podObject(shape: PodShape): KubernetesObject {
  const { name, namespace = "default", phase = "Running", node = defaultNode, createdAt = longAgo, owner } = shape;
  const addresses = shape.ips ?? (shape.ip === null ? [] : [shape.ip ?? "192.168.50.137"]);
  const ready = phase === "Running" && (shape.ready ?? true);
  const hash = owner?.slice(owner.lastIndexOf("-") + 1);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      uid: shape.uid ?? uidOf(`${namespace}/${name}`),
      creationTimestamp: createdAt,
      labels: { ...shape.labels, ...(hash === undefined ? {} : { "pod-template-hash": hash }) },
      ...(shape.annotations ? { annotations: shape.annotations } : {}),
      ...(shape.deleting ? { deletionTimestamp: createdAt, deletionGracePeriodSeconds: 30 } : {}),
      ...(owner === undefined ? {} : { generateName: `${owner}-`, ownerReferences: [replicaSetReference(owner)] }),
    },
    spec: {
      containers: [{ ...container, ports: shape.ports?.map((port) => ({ protocol: "TCP", ...port })) ?? [] }],
      restartPolicy: phase === "Running" ? "Always" : "Never",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      serviceAccountName: "default",
      nodeName: node,
      ...(shape.hostNetwork ? { hostNetwork: true } : {}),
      ...(shape.readinessGates
        ? { readinessGates: shape.readinessGates.map((conditionType) => ({ conditionType })) }
        : {}),
      schedulerName: "default-scheduler",
      tolerations: ["not-ready", "unreachable"].map((state) => ({
        key: `node.kubernetes.io/${state}`,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 300,
      })),
      enableServiceLinks: true,
    },
    status: {
      phase,
      conditions: podConditions(ready, phase, shape.conditions ?? [], createdAt),
      hostIP: "192.168.34.246",
      hostIPs: [{ ip: "192.168.34.246" }],
      ...(addresses[0] === undefined ? {} : { podIP: addresses[0], podIPs: addresses.map((ip) => ({ ip })) }),
      startTime: createdAt,
      containerStatuses: [containerStatus(phase, ready, createdAt, uidOf(name))],
      qosClass: "BestEffort",
    },
  };
}

export function nodeObject(shape: {
  readonly name?: string;
  readonly zone?: string;
  readonly region?: string;
  readonly ready?: boolean | "Unknown";
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly providerID?: string;
  /** Its InternalIPs. */
  readonly ips?: readonly string[];
}): KubernetesObject {
  const {
    name = defaultNode,
    region = "us-west-2",
    zone = `${region}a`,
    ready = true,
    ips = ["192.168.34.246"],
  } = shape;
  const status = ready === "Unknown" ? "Unknown" : ready ? "True" : "False";
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      creationTimestamp: longAgo,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "m5.large",
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
      },
    },
    spec: {
      providerID: shape.providerID ?? `aws:///${zone}/i-0${uidOf(name).replaceAll("-", "").slice(0, 16)}`,
      ...(shape.taints ? { taints: shape.taints } : {}),
    },
    status: {
      conditions: [
        {
          type: "Ready",
          status,
          reason: ready === true ? "KubeletReady" : "NodeStatusUnknown",
          lastHeartbeatTime: longAgo,
          lastTransitionTime: longAgo,
        },
      ],
      addresses: [...ips.map((address) => ({ type: "InternalIP", address })), { type: "Hostname", address: name }],
      capacity: room,
      allocatable: room,
      nodeInfo: {
        kubeletVersion: "v1.34.4-eks-0000000",
        osImage: "Amazon Linux 2023",
        containerRuntimeVersion: "containerd://2.1.5",
      },
    },
  };
}

export function serviceObject(shape: {
  readonly name: string;
  readonly namespace?: string;
  readonly annotations?: Labels;
  readonly labels?: Labels;
  /** null: without one, as a Service whose endpoints others write. */
  readonly selector?: Labels | null;
  readonly ports?: readonly {
    readonly port: number;
    readonly name?: string;
    readonly targetPort?: number | string;
    readonly nodePort?: number;
  }[];
  readonly publishNotReadyAddresses?: boolean;
  readonly type?: "ClusterIP" | "NodePort" | "LoadBalancer";
  /** The names and addresses of its load balancer, once there is one. */
  readonly ingress?: readonly { readonly hostname?: string; readonly ip?: string }[];
}): KubernetesObject {
  const { name, namespace = "default", annotations, labels, selector = { app: name }, ports = [{ port: 80 }] } = shape;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
    spec: {
      type: shape.type ?? "ClusterIP",
      clusterIP: "10.100.0.10",
      ports: ports.map((port) => ({ protocol: "TCP", targetPort: port.port, ...port })),
      ...(selector ? { selector } : {}),
      ...(shape.publishNotReadyAddresses ? { publishNotReadyAddresses: true } : {}),
    },
    status: { loadBalancer: shape.ingress === undefined ? {} : { ingress: shape.ingress } },
  };
}

function podConditions(ready: boolean, phase: string, others: readonly Condition[], since: string): readonly object[] {
  const [yes, no] = ["True", "False"] as const;
  const done = phase === "Succeeded" ? { reason: "PodCompleted" } : {};
  const byType = new Map<string, Condition>([
    ["PodScheduled", { type: "PodScheduled", status: yes }],
    ["Initialized", { type: "Initialized", status: yes, ...done }],
    ["Ready", { type: "Ready", status: ready ? yes : no, ...(ready ? {} : { reason: "ContainersNotReady", ...done }) }],
    ["ContainersReady", { type: "ContainersReady", status: ready ? yes : no, ...done }],
    ...others.map((condition): [string, Condition] => [condition.type, condition]),
  ]);
  return [...byType.values()].map((condition) => ({ lastProbeTime: null, lastTransitionTime: since, ...condition }));
}

function containerStatus(phase: string, ready: boolean, at: string, id: string): object {
  const ended = {
    exitCode: phase === "Failed" ? 1 : 0,
    reason: phase === "Failed" ? "Error" : "Completed",
    finishedAt: at,
  };
  const state =
    phase === "Running"
      ? { running: { startedAt: at } }
      : phase === "Pending"
        ? { waiting: { reason: "ContainerCreating" } }
        : { terminated: ended };
  const { name, image } = container;
  return {
    name,
    image,
    imageID: `${image}@sha256:${id}`,
    containerID: `containerd://${id}`,
    state,
    lastState: {},
    ready,
    started: ready,
    restartCount: 0,
  };
}

const room = { cpu: "2", memory: "8Gi", pods: "29" };
const container = {
  name: "app",
  image: "public.ecr.aws/nginx/nginx:1.29",
  imagePullPolicy: "IfNotPresent",
  resources: { requests: { cpu: "100m", memory: "128Mi" } },
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
};

const replicaSetReference = (name: string) => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  name,
  uid: uidOf(name),
  controller: true,
  blockOwnerDeletion: true,
});

/** The same for the same name: outputs stay comparable. */
export function uidOf(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
