import { expect, onTestFinished, test } from "vitest";
import { seedInstance, seedNamespace, seedService } from "./emulators/cloudmap/seed.ts";
import { nodeObject, podObject } from "./emulators/kubernetes/workloads.ts";
import { openReader, readGuide } from "./support/guide.ts";
import { openStage } from "./support/stage.ts";

/** Guides of docs/, followed step by step: their fenced blocks are what runs. */

const PODS = ["10.0.0.1", "10.0.0.2"];

test("docs/migrate-from-external-dns.md: every address is taken over, and answers all the time", async () => {
  const { steps, reader, service, left, discovered } = await openGuide("docs/migrate-from-external-dns.md");
  for (const ip of PODS) left(ip, { AWS_INSTANCE_IPV4: ip });
  for (const step of steps) {
    await reader.follow(step);
    expect(await discovered()).toEqual(PODS);
  }
  const owners = [...service.instances.values()].map(({ attributes }) => attributes["eks-cloudmap-sync/owner"]);
  expect(owners).toEqual(PODS.map(() => "arn:aws:eks:us-west-2:111122223333:cluster/prod"));
});

test("docs/move-from-ecs.md: tasks and pods stand side by side, the tasks go, and the name is never empty", async () => {
  const { steps, reader, service, left, discovered } = await openGuide("docs/move-from-ecs.md");
  left("task-1", { AWS_INSTANCE_IPV4: "10.1.0.1", ECS_SERVICE_NAME: "web", AWS_INSTANCE_PORT: "8080" });
  const [plan, register, goes, ...rest] = steps;
  if (plan === undefined || register === undefined || goes === undefined) throw new Error("the guide lost a step");
  expect(rest).toEqual([]);
  await reader.follow(plan);
  expect(await discovered()).toEqual(["task-1"]);
  await reader.follow(register);
  expect(await discovered()).toEqual([...PODS, "task-1"]);
  // As ECS does once its service is scaled down.
  service.instances.delete("task-1");
  service.discovery.instances.delete("task-1");
  await reader.follow(goes);
  expect(await discovered()).toEqual(PODS);
});

test("docs/move-between-clusters.md: what a lost cluster left goes once the document says that it is lost", async () => {
  const { steps, reader, left, discovered } = await openGuide("docs/move-between-clusters.md");
  left("10.9.0.1", {
    AWS_INSTANCE_IPV4: "10.9.0.1",
    "k8s.io/namespace": "shop",
    "k8s.io/pod": "web-of-blue",
    "eks-cloudmap-sync/owner": "arn:aws:eks:us-west-2:111122223333:cluster/blue",
    "eks-cloudmap-sync/cluster": "11111111-2222-3333-4444-555555555555",
  });
  const [start, takeOver] = steps;
  if (start === undefined || takeOver === undefined) throw new Error("the guide lost a step");
  await reader.follow(start);
  expect(await discovered()).toEqual([...PODS, "10.9.0.1"]);
  await reader.follow(takeOver);
  expect(await discovered()).toEqual(PODS);
});

/** A cluster with two ready pods, and a Cloud Map whose service `web` somebody else has filled. */
async function openGuide(page: string) {
  const stage = await openStage(undefined, (kubernetes) => {
    kubernetes.put(nodeObject({}));
    for (const ip of PODS)
      kubernetes.put(podObject({ name: `web-${ip.slice(-1)}`, namespace: "shop", ip, labels: { app: "web" } }));
  });
  const service = seedService(stage.cloudMap, seedNamespace(stage.cloudMap));
  const reader = await openReader(stage.kubeconfig, {
    AWS_REGION: "us-west-2",
    AWS_ACCESS_KEY_ID: "demo",
    AWS_SECRET_ACCESS_KEY: "demo",
    AWS_ENDPOINT_URL_SERVICEDISCOVERY: stage.cloudMapUrl,
    AWS_ENDPOINT_URL_EKS: "http://127.0.0.1:9",
    AWS_MAX_ATTEMPTS: "1",
  });
  onTestFinished(async () => {
    await Promise.all([reader.close(), stage.close()]);
  });
  return {
    steps: readGuide(page),
    reader,
    service,
    left: (id: string, attributes: Readonly<Record<string, string>>) =>
      seedInstance(stage.cloudMap, service, id, attributes),
    discovered: async () =>
      (await stage.discover("web", {}, "shop.local")).map(({ InstanceId = "" }) => InstanceId).toSorted(),
  };
}
