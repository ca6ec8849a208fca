import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { missingParts, startControlPlane } from "../support/control-plane.ts";
import type { ControlPlane } from "../support/control-plane.ts";
import { openCloudMapStage } from "../support/stage.ts";
import type { CloudMapStage } from "../support/stage.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

const NAMESPACE = "howto-k8s-cloudmap";
const manifest = (name: string) => readFileSync(`test/support/manifests/${name}.yaml`, "utf8");

describe.skipIf(missing !== undefined)("the walkthrough on a real control plane", () => {
  let plane: ControlPlane;
  let stage: CloudMapStage;

  beforeAll(async () => {
    plane = await startControlPlane();
    await plane.kubectl(["apply", "-f", "-"], manifest("crds"));
    await plane.kubectl(["wait", "--for=condition=established", "crd", "--all", "--timeout=60s"]);
    await plane.kubectl(["apply", "-f", "-"], manifest("walkthrough"));
    await ready(3);
    stage = await openCloudMapStage(plane.kubeconfig);
  });

  afterAll(async () => {
    await stage?.close();
    await plane?.stop();
  });

  test("every pod is registered with the attributes that App Mesh gave it", async () => {
    expect((await stage.pass()).ok).toBe(true);
    const [pod] = await podsOf("app=colorapp,version=blue");
    const [instance, ...others] = await stage.discover("colorapp", { version: "blue" });
    expect(others).toEqual([]);
    expect(instance).toMatchObject({ InstanceId: pod?.ip, HealthStatus: "UNKNOWN" });
    expect(instance?.Attributes).toEqual({
      AWS_INSTANCE_IPV4: pod?.ip,
      AWS_INSTANCE_PORT: "8080",
      REGION: "us-west-2",
      AVAILABILITY_ZONE: expect.stringMatching(/^us-west-2[abc]$/),
      app: "colorapp",
      date: "1574731553",
      version: "blue",
      "pod-template-hash": pod?.hash,
      "appmesh.k8s.aws/mesh": NAMESPACE,
      "appmesh.k8s.aws/virtualNode": `colorapp-blue_${NAMESPACE}`,
      "eks-cloudmap-sync/owner": "walkthrough",
      "k8s.io/namespace": NAMESPACE,
      "k8s.io/pod": pod?.name,
    });
    await expectMirrored();
  });

  test("a Deployment that grows, shrinks and ends is mirrored, and a quiet pass writes nothing", async () => {
    for (const replicas of [5, 2, 0]) {
      await plane.kubectl(["-n", NAMESPACE, "scale", "deployment", "colorapp-blue", `--replicas=${replicas}`]);
      await ready(replicas + 2);
      await expectMirrored();
    }
    stage.cloudMap.calls.length = 0;
    await stage.pass();
    expect(stage.cloudMap.calls.map(({ operation }) => operation)).not.toContain("RegisterInstance");
    expect(stage.cloudMap.calls.map(({ operation }) => operation)).not.toContain("DeregisterInstance");
  });

  test("a pod that is deleted is replaced in Cloud Map, whichever IP the new one gets", async () => {
    await plane.kubectl(["-n", NAMESPACE, "delete", "pod", "-l", "app=front", "--wait"]);
    await ready(2);
    await expectMirrored();
  });

  test("an identity without the right to list VirtualNodes is told so, and nothing is removed", async () => {
    const before = await stage.discover("colorapp");
    const report = await stage.pass({ kubeconfig: await kubeconfigOf("nobody") });
    expect(report.ok).toBe(false);
    expect(report.errors.join()).toMatch(/virtualnodes.*nobody.*list.*grant that right/s);
    expect(await stage.discover("colorapp")).toEqual(before);
  });

  test("the VirtualNodes' CRD is deleted: what it claimed stays, held, as long as its pods live", async () => {
    const before = await stage.discover("colorapp");
    await plane.kubectl(["delete", "crd", "virtualnodes.appmesh.k8s.aws", "--wait"]);
    await vi.waitFor(async () => {
      const report = await stage.pass();
      expect(report.services.flatMap(({ held }) => held.map(({ reason }) => reason))).toContain("source-absent");
    }, 20_000);
    expect(await stage.discover("colorapp")).toEqual(before);
  });

  test("the namespace is deleted: its pods are gone, and so are their instances", async () => {
    await plane.kubectl(["delete", "namespace", NAMESPACE, "--wait"]);
    await plane.kubectl(["create", "deployment", "other", "--image=other", "-n", "default"]);
    await vi.waitFor(
      async () => expect(await plane.kubectl(["get", "pods", "-n", "default", "-o", "name"])).not.toBe(""),
      20_000,
    );
    await stage.pass();
    expect(await stage.discover("colorapp")).toEqual([]);
    expect(await stage.discover("front")).toEqual([]);
  });

  type SeenPod = { readonly name: string; readonly ip: string; readonly hash: string };

  /** Ready pods that are not being deleted. */
  async function podsOf(selector = ""): Promise<readonly SeenPod[]> {
    const text = await plane.kubectl(["-n", NAMESPACE, "get", "pods", "-l", selector, "-o", "json"]);
    const { items } = JSON.parse(text) as { readonly items: readonly KubectlPod[] };
    return items
      .filter(
        ({ metadata, status }) =>
          metadata.deletionTimestamp === undefined &&
          status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"),
      )
      .map(({ metadata, status }) => ({
        name: metadata.name,
        ip: status.podIP ?? "",
        hash: metadata.labels["pod-template-hash"] ?? "",
      }));
  }

  async function ready(count: number): Promise<void> {
    await vi.waitFor(
      async () => {
        expect(await podsOf()).toHaveLength(count);
        const all = await plane.kubectl(["-n", NAMESPACE, "get", "pods", "-o", "name"]);
        expect(all.trim().split("\n")).toHaveLength(count);
      },
      { timeout: 60_000, interval: 250 },
    );
  }

  async function expectMirrored(): Promise<void> {
    expect((await stage.pass()).ok).toBe(true);
    const registered = [...(await stage.discover("colorapp")), ...(await stage.discover("front"))];
    const shown = registered.map(({ InstanceId, Attributes }) => `${InstanceId} ${Attributes?.["k8s.io/pod"]}`);
    expect(shown.sort()).toEqual((await podsOf()).map(({ ip, name }) => `${ip} ${name}`).sort());
  }

  /** A kubeconfig that impersonates a user who has no rights of his own. */
  async function kubeconfigOf(user: string): Promise<string> {
    const file = `${plane.kubeconfig}-${user}`;
    await writeFile(file, readFileSync(plane.kubeconfig, "utf8").replace("token: ", `as: ${user}, token: `));
    return file;
  }
});

type KubectlPod = {
  readonly metadata: {
    readonly name: string;
    readonly deletionTimestamp?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};
