import { virtualNodeObject } from "../emulators/kubernetes/custom-resources.ts";
import type { KubernetesObject } from "../emulators/kubernetes/objects.ts";
import { nodeObject, podObject, serviceObject } from "../emulators/kubernetes/workloads.ts";
import type { NodeTruth, PodTruth } from "./cluster.ts";
import type { App, ClaimObject } from "./story.ts";

export const MESH = "mesh";
export const PORT = 8080;
export const HOST_PORT = 9090;
export const NODE_PORT = 30_080;

/** As the API server writes them. */
export function podObjectOf(pod: PodTruth, app: App | undefined): KubernetesObject {
  const hostPort = pod.isHostNetwork ? PORT : app?.hasHostPort === true ? HOST_PORT : undefined;
  return podObject({
    name: pod.name,
    namespace: pod.namespace,
    ips: pod.ips,
    labels: { app: pod.app, tier: "backend" },
    node: pod.node,
    ready: pod.isReady,
    phase: pod.phase,
    deleting: pod.isTerminating,
    ports: [{ containerPort: PORT, name: "http", ...(hostPort === undefined ? {} : { hostPort }) }],
    conditions: [{ type: "ContainersReady", status: pod.areContainersReady ? "True" : "False" }],
    hostNetwork: pod.isHostNetwork,
    createdAt: `${new Date(pod.createdAt).toISOString().slice(0, 19)}Z`,
    uid: `${pod.name}@${pod.createdAt}`,
  });
}

export function nodeObjectOf({ name, ip, zone, machine, ready, isTainted }: NodeTruth): KubernetesObject {
  return nodeObject({
    name,
    region: zone.slice(0, -1),
    zone,
    ips: [ip],
    ready: ready === "Unknown" ? "Unknown" : ready === "True",
    providerID: `aws:///${zone}/${machine}`,
    ...(isTainted ? { taints: [{ key: "karpenter.sh/disrupted", effect: "NoSchedule" }] } : {}),
  });
}

/** A ServiceExport goes with the Service of its name. */
export function objectsOf(claim: ClaimObject): readonly KubernetesObject[] {
  const { kind, namespace, name, app, service, cloudMapNamespace, port } = claim;
  const { address, ingress, isSilent = false } = claim;
  const annotations: Record<string, string> = {
    "eks-cloudmap-sync/service": service,
    "eks-cloudmap-sync/namespace": cloudMapNamespace,
    ...(address === undefined ? {} : { "eks-cloudmap-sync/address": address }),
  };
  if (port !== undefined) annotations["eks-cloudmap-sync/port"] = claim.isBroken ? "0" : String(port);
  const pairs = Object.entries(claim.attributes);
  if (pairs.length > 0 || claim.isBroken)
    annotations["eks-cloudmap-sync/attributes"] = claim.isBroken
      ? "broken"
      : pairs.map((pair) => pair.join("=")).join(",");
  switch (kind) {
    case "Service":
      return [
        serviceObject({
          name,
          namespace,
          ...(isSilent ? {} : { annotations }),
          selector: { app },
          ports: [{ port: 80, targetPort: PORT, ...(address === undefined ? {} : { nodePort: NODE_PORT }) }],
          publishNotReadyAddresses: claim.publishesUnready,
          type: address === "load-balancer" ? "LoadBalancer" : address === "node" ? "NodePort" : "ClusterIP",
          ...(ingress === undefined
            ? {}
            : { ingress: ingress.map((name) => (/[a-z]/.test(name) ? { hostname: name } : { ip: name })) }),
        }),
      ];
    case "VirtualNode":
      return [
        virtualNodeObject({
          name,
          namespace,
          mesh: MESH,
          podSelector: { app },
          ...(port === undefined ? {} : { port }),
          cloudMap: {
            namespaceName: cloudMapNamespace,
            serviceName: service,
            attributes: claim.isBroken ? [{ key: "broken" } as never] : pairs.map(([key, value]) => ({ key, value })),
          },
        }),
      ];
    case "ServiceExport":
      return [
        serviceObject({
          name,
          namespace,
          selector: { app },
          ports: [{ port: 80, name: "http", targetPort: PORT }],
          publishNotReadyAddresses: claim.publishesUnready,
        }),
        { apiVersion: "multicluster.x-k8s.io/v1alpha1", kind: "ServiceExport", metadata: { name, namespace } },
      ];
    default:
      return kind satisfies never;
  }
}
