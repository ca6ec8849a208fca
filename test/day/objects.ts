/** Manifests in JSON, which is YAML too. */

type Workload = {
  readonly namespace?: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly kind?: "Deployment" | "StatefulSet";
  /** How many pods more, and how many fewer, there may be while it rolls. */
  readonly strategy?: { readonly maxSurge: number | string; readonly maxUnavailable: number | string };
  readonly minReadySeconds?: number;
};

/** A workload whose pods are `app: NAME`. */
export function workload(
  name: string,
  { namespace = "shop", replicas = 1, kind = "Deployment", image = "app:0", ...more }: Workload = {},
): object {
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: "app", image, ports: [{ containerPort: 8080 }] }] },
  };
  const { strategy, minReadySeconds } = more;
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template,
      ...(kind === "StatefulSet" ? { serviceName: name, podManagementPolicy: "Parallel" } : {}),
      ...(strategy === undefined ? {} : { strategy: { type: "RollingUpdate", rollingUpdate: strategy } }),
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
    },
  };
}

/** A Service over these pods; with `claims` it puts them into the Cloud Map service of that name. */
export function service(
  name: string,
  { namespace = "shop", claims }: { readonly namespace?: string; readonly claims?: string } = {},
): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace,
      ...(claims === undefined ? {} : { annotations: { "eks-cloudmap-sync/service": claims } }),
    },
    spec: { clusterIP: "None", selector: { app: name }, ports: [{ name: "http", port: 8080 }] },
  };
}

export function namespace(name: string): object {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

export function virtualNode(name: string): object {
  return {
    apiVersion: "appmesh.k8s.aws/v1beta2",
    kind: "VirtualNode",
    metadata: { name, namespace: "shop" },
    spec: {
      meshRef: { name: "shop" },
      podSelector: { matchLabels: { app: name } },
      listeners: [{ portMapping: { port: 8080, protocol: "http" } }],
      serviceDiscovery: { awsCloudMap: { namespaceName: "shop.local", serviceName: name } },
    },
  };
}

export function job(name: string, parallelism: number): object {
  const template = {
    metadata: { labels: { app: name } },
    spec: { restartPolicy: "Never", containers: [{ name: "app", image: name }] },
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: "shop" },
    spec: { parallelism, completions: parallelism, template },
  };
}

export function manifest(...objects: readonly object[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
}
