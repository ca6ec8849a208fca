import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { missingParts } from "../support/control-plane.ts";
import { openCluster, shown } from "./fixture.ts";
import type { Cluster } from "./fixture.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

const NAMESPACE = "howto-k8s-cloudmap";
const manifest = (name: string) => readFileSync(`test/support/manifests/${name}.yaml`, "utf8");

describe.skipIf(missing !== undefined)("the walkthrough on a real control plane", () => {
  let cluster: Cluster;
  const scale = (replicas: number) =>
    cluster.kubectl("-n", NAMESPACE, "scale", "deployment", "colorapp-blue", `--replicas=${replicas}`);

  beforeAll(async () => {
    cluster = await openCluster({ manifest: manifest("crds") });
    await cluster.kubectl("wait", "--for=condition=established", "crd", "--all", "--timeout=60s");
    await cluster.apply(manifest("walkthrough"));
    await cluster.settled(NAMESPACE, 3);
  });
  afterAll(() => cluster?.close());

  test("every pod is registered with the attributes that App Mesh gave it", async () => {
    await expectMirrored(3);
    const pods = await cluster.settled(NAMESPACE, 3);
    const blue = pods.find(({ labels }) => labels["version"] === "blue");
    const [instance, ...others] = await cluster.stage.discover("colorapp", { version: "blue" });
    expect(others).toEqual([]);
    expect(instance).toMatchObject({ InstanceId: blue?.ip, HealthStatus: "UNKNOWN" });
    expect(instance?.Attributes).toEqual({
      AWS_INSTANCE_IPV4: blue?.ip,
      AWS_INSTANCE_PORT: "8080",
      REGION: "us-west-2",
      AVAILABILITY_ZONE: expect.stringMatching(/^us-west-2[abc]$/),
      app: "colorapp",
      date: "1574731553",
      version: "blue",
      "pod-template-hash": blue?.labels["pod-template-hash"],
      "appmesh.k8s.aws/mesh": NAMESPACE,
      "appmesh.k8s.aws/virtualNode": `colorapp-blue_${NAMESPACE}`,
      "eks-cloudmap-sync/cluster": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "eks-cloudmap-sync/owner": "walkthrough",
      "k8s.io/namespace": NAMESPACE,
      "k8s.io/pod": blue?.name,
    });
  });

  test("a Deployment that grows, shrinks and ends is mirrored, and a quiet pass writes nothing", async () => {
    for (const replicas of [5, 2, 0, 1]) {
      await scale(replicas);
      await expectMirrored(replicas + 2);
    }
    const { calls } = cluster.stage.cloudMap;
    calls.length = 0;
    expect(await cluster.changes()).toEqual([]);
    expect(calls.map(({ operation }) => operation).filter((name) => !/^(List|Get)/.test(name))).toEqual([]);
  });

  test("a pod that is deleted is replaced in Cloud Map, whichever IP the new one gets", async () => {
    await cluster.kubectl("-n", NAMESPACE, "delete", "pod", "-l", "app=front", "--wait");
    await expectMirrored(3);
  });

  test("an identity without the right to list VirtualNodes is told so, and nothing is removed", async () => {
    const before = await everyInstance();
    await cluster.kubectl("create", "clusterrole", "namespaces", "--verb=list", "--resource=namespaces");
    await cluster.kubectl("create", "clusterrolebinding", "nobody", "--clusterrole=namespaces", "--user=nobody");
    const report = await cluster.stage.pass({ kubeconfig: await kubeconfigOf("nobody") });
    expect(report.ok).toBe(false);
    expect(report.errors.join()).toMatch(/virtualnodes.*nobody.*list.*grant that right/s);
    expect(await everyInstance()).toEqual(before);
  });

  test("the VirtualNodes' CRD is deleted: all three instances stay, held", async () => {
    const before = await everyInstance();
    expect(before).toHaveLength(3);
    await cluster.kubectl("delete", "crd", "virtualnodes.appmesh.k8s.aws", "--wait");
    // Discovery hears of it a moment later.
    await vi.waitFor(async () => {
      const { services, ok } = await cluster.stage.pass();
      expect(services.flatMap(({ held }) => held.map(({ kind, reason }) => `${kind} ${reason}`))).toEqual(
        before.map(() => "deregister source-absent"),
      );
      expect([ok, services.flatMap(({ changes }) => changes)]).toEqual([true, []]);
    }, 20_000);
    expect(await everyInstance()).toEqual(before);
  });

  test("the pods that are gone go, without the CRD too", async () => {
    await scale(0);
    await expectMirrored(2);
  });

  test("the namespace is deleted: its pods are gone, and so are their instances", async () => {
    await cluster.kubectl("create", "deployment", "other", "--image=other", "-n", "default");
    await cluster.settled("default", 1);
    await cluster.kubectl("delete", "namespace", NAMESPACE, "--wait");
    await cluster.changes();
    expect(await everyInstance()).toEqual([]);
  });

  /** After a pass, Cloud Map holds so many instances, and they are the pods. */
  async function expectMirrored(count: number): Promise<void> {
    const pods = await cluster.settled(NAMESPACE, count);
    await cluster.changes();
    expect(await everyInstance()).toEqual(shown(pods));
  }

  async function everyInstance(): Promise<readonly string[]> {
    return [...(await cluster.registered("colorapp")), ...(await cluster.registered("front"))].toSorted();
  }

  /** A kubeconfig that impersonates a user who has no rights of his own. */
  async function kubeconfigOf(user: string): Promise<string> {
    const file = `${cluster.kubeconfig}-${user}`;
    await writeFile(file, readFileSync(cluster.kubeconfig, "utf8").replace("token: ", `as: ${user}, token: `));
    return file;
  }
});
