import { readFileSync } from "node:fs";
import {
  virtualNodeObject,
  virtualNodesV1beta1,
  virtualNodesV1beta2,
} from "../emulators/kubernetes/custom-resources.ts";
import { nodeObject, podObject } from "../emulators/kubernetes/workloads.ts";
import type { KubernetesWorld } from "../emulators/kubernetes/world.ts";

/** The walkthrough howto-k8s-cloudmap: its pods, its VirtualNodes, and what DiscoverInstances answered for them. */
export type Walkthrough = {
  readonly cloudMapNamespace: { readonly name: string };
  readonly kubernetesNamespace: string;
  readonly mesh: string;
  readonly pods: readonly {
    readonly name: string;
    readonly ip: string;
    readonly node: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
  readonly queries: readonly {
    readonly service: string;
    readonly queryParameters: Readonly<Record<string, string>>;
    readonly instances: readonly {
      readonly InstanceId: string;
      readonly NamespaceName: string;
      readonly ServiceName: string;
      readonly HealthStatus: string;
      readonly Attributes: Readonly<Record<string, string>>;
    }[];
  }[];
  readonly virtualNodes: readonly {
    readonly name: string;
    readonly podSelector: Readonly<Record<string, string>>;
    readonly cloudMap: { readonly namespaceName: string; readonly serviceName: string };
  }[];
};

export const walkthrough = JSON.parse(
  readFileSync(new URL("walkthrough.json", import.meta.url), "utf8"),
) as Walkthrough;

/** Puts the walkthrough's nodes, pods and VirtualNodes into a cluster, in the shape of the controller's version. */
export function loadWalkthrough(kubernetes: KubernetesWorld, version: "v1beta1" | "v1beta2" = "v1beta1"): void {
  const { pods, virtualNodes, kubernetesNamespace: namespace, mesh } = walkthrough;
  kubernetes.serve(version === "v1beta1" ? virtualNodesV1beta1 : virtualNodesV1beta2);
  [...new Set(pods.map(({ node }) => node))].forEach((name, index) => {
    kubernetes.put(nodeObject({ name, region: "us-west-2", zone: `us-west-2${"abc"[index] ?? "a"}` }));
  });
  for (const { name, ip, node, labels } of pods) {
    kubernetes.put(podObject({ name, namespace, ip, node, labels, owner: name.slice(0, name.lastIndexOf("-")) }));
  }
  for (const { name, podSelector, cloudMap } of virtualNodes) {
    kubernetes.put(virtualNodeObject({ name, namespace, version, mesh, podSelector, cloudMap, port: 8080 }));
  }
}
