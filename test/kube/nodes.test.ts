import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingParts } from "../support/control-plane.ts";
import { openCluster, shown } from "./fixture.ts";
import type { Cluster, SeenPod } from "./fixture.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

const DOCUMENT = `cluster: farm
owner: farm
namespaces: [howto-k8s-cloudmap.pvt.aws.local]
mappings: [{ service: web, pods: { namespace: farm, selector: app=web } }]
`;

describe.skipIf(missing !== undefined)("nodes of a real control plane", () => {
  let cluster: Cluster;
  let pods: readonly SeenPod[];

  beforeAll(async () => {
    cluster = await openCluster({
      document: DOCUMENT,
      manifest: readFileSync("test/support/manifests/farm.yaml", "utf8"),
    });
    await cluster.kubectl("-n", "farm", "scale", "statefulset", "db", "--replicas=0");
    await cluster.kubectl("-n", "farm", "scale", "deployment", "web", "--replicas=6");
    pods = await cluster.settled("farm", 6);
    await cluster.changes();
  });
  afterAll(() => cluster?.close());

  test("a node that is only cordoned keeps its instances", async () => {
    const node = nodeOf(pods);
    await cluster.kubectl("cordon", node);
    expect(await cluster.changes()).toEqual([]);
    await cluster.kubectl("uncordon", node);
  });

  test("a node with a taint that says it leaves has no instances, until the taint goes", async () => {
    const node = nodeOf(pods);
    const [leaving, staying] = [onNode(pods, node), pods.filter((pod) => pod.node !== node)];
    await cluster.kubectl("taint", "node", node, "karpenter.sh/disrupted:NoSchedule");
    expect(await cluster.changes()).toEqual(leaving.map(({ ip }) => `deregister ${ip} pod-not-ready`).toSorted());
    expect(await cluster.registered("web")).toEqual(shown(staying));
    await cluster.kubectl("taint", "node", node, "karpenter.sh/disrupted:NoSchedule-");
    expect(await cluster.changes()).toEqual(leaving.map(({ ip }) => `register ${ip} missing`).toSorted());
  });

  test("nodes that all leave at once keep the service's instances", async () => {
    await cluster.kubectl("taint", "nodes", "--all", "karpenter.sh/disrupted:NoSchedule");
    expect(await cluster.changes()).toEqual([]);
    await cluster.kubectl("taint", "nodes", "--all", "karpenter.sh/disrupted:NoSchedule-");
  });

  test("a node that is drained has no instances, and the pods elsewhere that stand in for its own have", async () => {
    const node = nodeOf(pods);
    await cluster.kubectl("drain", node, "--force", "--ignore-daemonsets", "--timeout=60s");
    const moved = await cluster.settled("farm", 6);
    expect(onNode(moved, node)).toEqual([]);
    await cluster.changes();
    expect(await cluster.registered("web")).toEqual(shown(moved));
    const zones = (await cluster.stage.discover("web")).map(({ Attributes }) => Attributes?.["AVAILABILITY_ZONE"]);
    expect(new Set(zones).size).toBe(2);
  });
});

/** One that some pod is on, and some other pod is not. */
function nodeOf(pods: readonly SeenPod[]): string {
  const names = [...new Set(pods.map(({ node }) => node))];
  if (names.length < 2 || names[0] === undefined) throw new Error("all pods are on one node");
  return names[0];
}

function onNode(pods: readonly SeenPod[], node: string): readonly SeenPod[] {
  return pods.filter((pod) => pod.node === node);
}
