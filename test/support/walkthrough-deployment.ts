import { nodeObject } from "../emulators/kubernetes/workloads.ts";
import { openDeployment } from "./deployment.ts";
import type { Deployment } from "./deployment.ts";
import { loadWalkthrough, walkthrough } from "./walkthrough.ts";

/** The machine that the samples of `events/` speak of; one of the walkthrough's nodes runs on it. */
export const MACHINE = "i-0123456789abcdef0";

/** The account and the cluster that the samples of `events/` come from, with the walkthrough's pods and VirtualNodes. */
export async function openWalkthroughDeployment(): Promise<Deployment> {
  const name = walkthrough.cloudMapNamespace.name;
  const deployment = await openDeployment({
    namespace: { name },
    configuration: { namespaces: [name], nodes: { ec2: true } },
  });
  loadWalkthrough(deployment.kubernetes);
  const [node = ""] = walkthrough.pods.map((pod) => pod.node);
  deployment.kubernetes.put(nodeObject({ name: node, providerID: `aws:///us-west-2a/${MACHINE}` }));
  deployment.ec2.instances.set(MACHINE, "running");
  return deployment;
}
