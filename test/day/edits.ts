import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { define, persist, rolled } from "./cluster.ts";
import type { Kubectl } from "./cluster.ts";
import { settled, until } from "./day.ts";
import { manifest, namespace, service, virtualNode, workload } from "./objects.ts";
import { CLAIMS } from "./scenario.ts";
import type { Scenario } from "./scenario.ts";

const NODE = "ip-192-168-35-60.us-west-2.compute.internal";
const OTHER_NODE = "ip-192-168-34-59.us-west-2.compute.internal";

/** What people do to nodes, claims, definitions and rights. */
export const EDITS: readonly Scenario[] = [
  {
    name: "a node is drained",
    run: async ({ kubectl }) => {
      await kubectl("cordon", NODE);
      await kubectl("delete", "pods", "-A", "--field-selector", `spec.nodeName=${NODE}`, "--wait=false");
      await sleep(5_000);
      await kubectl("uncordon", NODE);
    },
  },
  {
    name: "a node is out of service",
    run: async ({ kubectl }) => {
      await kubectl("taint", "node", OTHER_NODE, "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute");
      await sleep(20_000);
      await kubectl("taint", "node", OTHER_NODE, "node.kubernetes.io/out-of-service-");
    },
  },
  {
    name: "a Service selects other pods",
    blind: CLAIMS,
    run: async (day) => {
      const { apply, kubectl } = day;
      await apply(manifest(workload("green", { replicas: 3 })));
      await rolled(kubectl, "deployment/green");
      await select(kubectl, "green");
      await settled(day);
      await select(kubectl, "web");
    },
  },
  {
    name: "a namespace is deleted, and made again",
    blind: CLAIMS,
    run: async ({ apply, kubectl }) => {
      await kubectl("delete", "namespace", "other", "--wait=false");
      await until(
        async () => ((await kubectl("get", "namespaces", "-o", "name")).includes("/other") ? ["other is there"] : []),
        180_000,
      );
      await apply(
        manifest(
          namespace("other"),
          workload("web", { namespace: "other", replicas: 2 }),
          service("web", { namespace: "other", claims: "other-web" }),
        ),
      );
    },
  },
  {
    name: "the VirtualNodes' definition is taken away, and comes back",
    blind: CLAIMS,
    run: async (day) => {
      await day.kubectl("delete", "crd", "virtualnodes.appmesh.k8s.aws");
      await sleep(25_000);
      await define(day);
      await persist(() => day.apply(manifest(virtualNode("node"))));
    },
  },
  {
    name: "the right to list is taken away, while pods come",
    blind: 20,
    run: async ({ apply, kubectl }) => {
      await kubectl("delete", "clusterrolebinding", "eks-cloudmap-sync");
      await kubectl("-n", "shop", "scale", "deployment/web", "--replicas=5");
      await sleep(20_000);
      await apply(await readFile("infra/rbac.yaml", "utf8"));
    },
  },
];

async function select(kubectl: Kubectl, app: string): Promise<void> {
  await kubectl("-n", "shop", "patch", "service", "web", "-p", JSON.stringify({ spec: { selector: { app } } }));
}
