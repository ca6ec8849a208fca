import { expect, onTestFinished, test, vi } from "vitest";
import { numberAt, textAt } from "../objects.ts";
import { nodeObject, podObject } from "../workloads.ts";
import { createKubernetes } from "../world.ts";
import type { KubernetesWorld } from "../world.ts";
import { seedDeployments } from "./seed.ts";
import { startControllers } from "./start.ts";

const WEB = { kind: "Deployment", name: "web", namespace: "shop" };

test("a Deployment has as many running pods as it asks for, each with an address of its own", async () => {
  const world = await open(3);
  const pods = world.list("Pod");
  expect(new Set(pods.map((pod) => textAt(pod, "status.podIP"))).size).toBe(3);
  expect(pods.map(({ metadata }) => metadata.labels?.["app"])).toEqual(["web", "web", "web"]);
  world.patch(WEB, { spec: { replicas: 1 } });
  await settled(world, 1);
});

test("a new template replaces the pods, within surge and unavailability", async () => {
  const world = await open(4);
  const old = world.list("Pod").map(({ metadata }) => metadata.name);
  const seen: { pods: number; ready: number }[] = [];
  onTestFinished(
    world.store.subscribe(() => {
      const pods = living(world);
      seen.push({ pods: pods.length, ready: pods.filter((pod) => textAt(pod, "status.podIP") !== "").length });
    }),
  );
  world.patch(WEB, { spec: { template: { spec: { containers: [{ name: "app", image: "app:2" }] } } } });
  await vi.waitFor(() => expect(living(world).filter(({ metadata }) => old.includes(metadata.name))).toEqual([]), {
    timeout: 1_000,
    interval: 5,
  });
  await settled(world, 4);
  expect(Math.max(...seen.map(({ pods }) => pods))).toBe(5);
  expect(Math.min(...seen.map(({ ready }) => ready))).toBe(3);
});

test("Recreate ends all pods before the first new one comes", async () => {
  const world = await open(2, { strategy: { type: "Recreate" } });
  const [first] = world.list("Pod");
  let least = Infinity;
  onTestFinished(world.store.subscribe(() => (least = Math.min(least, living(world).length))));
  world.patch(WEB, { spec: { template: { spec: { containers: [{ name: "app", image: "app:2" }] } } } });
  await vi.waitFor(() => expect(world.read({ ...WEB, kind: "Pod", name: first?.metadata.name ?? "" })).toBeUndefined());
  await settled(world, 2);
  expect(least).toBe(0);
});

test("a pod whose label is taken off is let go, and another comes in its place", async () => {
  const world = await open(1);
  const [pod] = world.list("Pod");
  const ref = { kind: "Pod", name: pod?.metadata.name ?? "", namespace: "shop" };
  world.patch(ref, { metadata: { labels: { app: "looked-into" } } });
  await vi.waitFor(() => expect(world.list("Pod")).toHaveLength(2), { timeout: 1_000, interval: 5 });
  world.terminate(WEB);
  await vi.waitFor(() => expect(world.list("Pod").map(({ metadata }) => metadata.name)).toEqual([ref.name]), {
    timeout: 1_000,
    interval: 5,
  });
});

test("pods that were there before their Deployment are its own, and stay", async () => {
  const world = createKubernetes();
  world.put(nodeObject({}));
  for (const name of ["web-abc-1", "web-abc-2"])
    world.put(podObject({ name, namespace: "shop", owner: "web-abc", labels: { app: "web" } }));
  seedDeployments(world);
  onTestFinished(startControllers(world));
  await settled(world, 2);
  expect(world.list("Pod").map(({ metadata }) => metadata.name)).toEqual(["web-abc-1", "web-abc-2"]);
});

const living = (world: KubernetesWorld) =>
  world.list("Pod").filter(({ metadata }) => metadata.deletionTimestamp === undefined);

async function open(replicas: number, spec: object = {}): Promise<KubernetesWorld> {
  const world = createKubernetes({ podStartMs: 5, deletionGracePeriodMs: 5 });
  world.put(nodeObject({}));
  onTestFinished(startControllers(world));
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "app", image: "app" }] } };
  world.put({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: { replicas, selector: { matchLabels: labels }, template, ...spec },
  });
  await settled(world, replicas);
  return world;
}

async function settled(world: KubernetesWorld, replicas: number): Promise<void> {
  await vi.waitFor(
    () => {
      const deployment = world.read(WEB);
      expect(numberAt(deployment, "status.availableReplicas")).toBe(replicas);
      expect(numberAt(deployment, "status.updatedReplicas")).toBe(replicas);
      expect(world.list("Pod")).toHaveLength(replicas);
    },
    { timeout: 1_000, interval: 5 },
  );
}
