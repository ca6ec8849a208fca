import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingParts } from "../support/control-plane.ts";
import { openCluster } from "./fixture.ts";
import type { Cluster, SeenPod } from "./fixture.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

const DOCUMENT = `cluster: farm
owner: farm
namespaces: [howto-k8s-cloudmap.pvt.aws.local]
sources: { services: true }
mappings: [{ service: agent, pods: { namespace: edge, selector: app=agent }, port: http, address: node }]
`;

/** One pod with a hostPort on every node, pods behind a Service of type NodePort, and one that nobody registers. */
const MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: { name: edge }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: keeper, namespace: default }
spec:
  selector: { matchLabels: { app: keeper } }
  template:
    metadata: { labels: { app: keeper } }
    spec: { containers: [{ name: app, image: keeper }] }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent, namespace: edge }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec:
      containers: [{ name: app, image: agent, ports: [{ name: http, containerPort: 8080, hostPort: 9090 }] }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: edge }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: app, image: web }] }
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: edge
  annotations: { eks-cloudmap-sync/service: web, eks-cloudmap-sync/address: node }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] }
---
apiVersion: v1
kind: Service
metadata:
  name: edge
  namespace: edge
  annotations: { eks-cloudmap-sync/service: edge, eks-cloudmap-sync/address: load-balancer }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
`;
const ELB = "a1b2c3-1234.us-west-2.elb.amazonaws.com";

describe.skipIf(missing !== undefined)("addresses of a real control plane", () => {
  let cluster: Cluster;
  let pods: readonly SeenPod[];
  let addresses: ReadonlyMap<string, string>;

  beforeAll(async () => {
    cluster = await openCluster({ document: DOCUMENT, manifest: MANIFEST });
    addresses = await giveAddresses(cluster);
    pods = await cluster.settled("edge", addresses.size + 3);
    await cluster.changes();
  });
  afterAll(() => cluster?.close());

  test("a DaemonSet with a hostPort has an instance a node, at its InternalIP", async () => {
    expect(await placesOf("agent")).toEqual([...addresses.values()].map((ip) => `${ip}:9090`).toSorted());
  });

  test("pods behind a node port have an instance a node, however many of them are there", async () => {
    expect(await placesOf("web")).toEqual(nodesOf("web").map((ip) => `${ip}:30080`));
    await cluster.kubectl("-n", "edge", "scale", "deployment", "web", "--replicas=8");
    pods = await cluster.settled("edge", addresses.size + 8);
    await cluster.changes();
    expect(await placesOf("web")).toEqual(nodesOf("web").map((ip) => `${ip}:30080`));
  });

  test("a node that leaves takes its instances along, and gets them back when it stays", async () => {
    const [leaving, ip] = [...addresses][0] ?? ["", ""];
    await cluster.kubectl("taint", "node", leaving, "karpenter.sh/disrupted:NoSchedule");
    expect(await cluster.changes()).toContain(`deregister ${ip} pod-not-ready`);
    expect(await placesOf("agent")).not.toContain(`${ip}:9090`);
    await cluster.kubectl("taint", "node", leaving, "karpenter.sh/disrupted:NoSchedule-");
    await cluster.changes();
    expect(await placesOf("agent")).toContain(`${ip}:9090`);
  });

  test("without pods there is no instance of a node left", async () => {
    await cluster.kubectl("-n", "edge", "delete", "deployment", "web", "--wait");
    pods = await cluster.settled("edge", addresses.size);
    await cluster.changes();
    expect(await placesOf("web")).toEqual([]);
  });

  test("a load balancer is registered once its status names it, and follows its names until the Service is deleted", async () => {
    expect(await cluster.changes()).toEqual([]);
    await setIngress([{ hostname: ELB }]);
    expect(await cluster.changes()).toEqual([`register ${ELB} missing`]);
    const next = ELB.replace("a1b2c3", "d4e5f6");
    await setIngress([{ hostname: next }]);
    expect(await cluster.changes()).toEqual([`deregister ${ELB} load-balancer-gone`, `register ${next} missing`]);
    const [instance] = await cluster.stage.discover("edge");
    expect(instance?.Attributes).toMatchObject({
      AWS_ALIAS_DNS_NAME: next,
      "k8s.io/namespace": "edge",
      "k8s.io/service": "edge",
    });
    await cluster.kubectl("-n", "edge", "delete", "service", "edge");
    expect(await cluster.changes()).toEqual([`deregister ${next} load-balancer-gone`]);
  });

  /** As a cloud's controller does, which the control plane has none of. */
  async function setIngress(ingress: readonly object[]): Promise<void> {
    const patch = JSON.stringify({ status: { loadBalancer: { ingress } } });
    await cluster.kubectl(
      "-n",
      "edge",
      "patch",
      "service",
      "edge",
      "--subresource=status",
      "--type=merge",
      "-p",
      patch,
    );
  }

  async function placesOf(service: string): Promise<readonly string[]> {
    const found = await cluster.stage.discover(service);
    return found
      .map(({ Attributes = {} }) => `${Attributes["AWS_INSTANCE_IPV4"]}:${Attributes["AWS_INSTANCE_PORT"]}`)
      .toSorted();
  }

  function nodesOf(app: string): readonly string[] {
    const names = pods.filter(({ labels }) => labels["app"] === app).map(({ node }) => node);
    return [...new Set(names)].map((name) => addresses.get(name) ?? "").toSorted();
  }
});

/** kwok's nodes all have the loopback's address; by name, one of its own for each, which no pod has (kube-up gives them 192.168.0.0/16). */
async function giveAddresses({ kubectl }: Cluster): Promise<ReadonlyMap<string, string>> {
  const names = (await kubectl("get", "nodes", "-o", "name")).trim().split("\n");
  const addresses = new Map(names.map((name, index) => [name.replace("node/", ""), `10.250.0.${index + 1}`]));
  for (const [name, address] of addresses) {
    const status = {
      addresses: [
        { type: "InternalIP", address },
        { type: "Hostname", address: name },
      ],
    };
    const patch = JSON.stringify({ status });
    await kubectl("patch", "node", name, "--subresource=status", "--type=merge", "-p", patch);
  }
  return addresses;
}
