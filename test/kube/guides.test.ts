import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import type { Service } from "../emulators/cloudmap/state.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import { createEcsService, ecsHandler, tasksOf } from "../emulators/ecs/handler.ts";
import { missingParts, startControlPlane } from "../support/control-plane.ts";
import type { ControlPlane } from "../support/control-plane.ts";
import { actAsExternalDns } from "../support/external-dns.ts";
import { readGuide } from "../support/guide.ts";
import type { Step } from "../support/guide.ts";
import { missingProgram } from "../support/programs.ts";
import { exchangePod, settledPods } from "./fixture.ts";
import type { Kubectl } from "./fixture.ts";
import { openGuide } from "./guided.ts";

/**
 * Guides of docs/, followed step by step: their fenced blocks are what runs. After each step a pod is made and one is killed, as
 * happens all the time; then discovery answers with every living pod, and has never been empty.
 */

const missing = missingParts() ?? missingProgram("aws", "pip install awscli");
if (missing !== undefined) console.log(missing);

type Guide = Awaited<ReturnType<typeof openGuide>>;
/** A cluster that a step leaves with pods, and what keeps Cloud Map true to them. */
type Tended = { readonly kubectl: Kubectl; readonly tend: () => Promise<unknown> };

/** The address of a pod that was gone before the guide begins. */
const LEFT = "192.168.250.250";
/** What a load balancer is called, whose Service external-dns has registered. */
const ELB = "a1b2c3-1234.us-west-2.elb.amazonaws.com";

describe.skipIf(missing !== undefined)("guides, followed on real control planes", () => {
  let planes: Readonly<Record<"blue" | "green", ControlPlane>>;
  const onBlue: Kubectl = (...words) => planes.blue.kubectl(words);
  const onGreen: Kubectl = (...words) => planes.green.kubectl(words);
  const both = () => ({ blue: planes.blue.server, green: planes.green.server });

  beforeAll(async () => {
    const [blue, green] = await Promise.all([startControlPlane(), startControlPlane()]);
    planes = { blue, green };
    // kwok counts addresses from the same one in each cluster: these are taken first, so that green's pods have others.
    await onGreen("create", "deployment", "squatter", "--image=squatter", "--replicas=10");
    await settledPods(onGreen, "default", 10);
    await Promise.all([blue, green].map(({ kubectl }) => kubectl(["apply", "-f", "-"], WORKLOADS)));
    await Promise.all([onBlue, onGreen].map(addressesOf));
  });
  afterAll(() => Promise.all([planes?.blue.stop(), planes?.green.stop()]));

  test("from external-dns: every address is taken over, and what it left behind goes", async () => {
    const guide = await openGuide({ prod: planes.green.server });
    seedInstance(guide.cloudMap, guide.web, LEFT);
    const edge = seedEdge(guide);
    const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ hostname: ELB }] } } });
    await onGreen("-n", "shop", "patch", "service", "edge", "--subresource=status", "--type=merge", "-p", status);
    const tend = async () => {
      const addresses = await addressesOf(onGreen);
      const isRunning = (await onGreen("-n", "external-dns", "get", "pods", "-o", "name")) !== "";
      if (isRunning) actAsExternalDns(guide.cloudMap, guide.web, [...addresses, LEFT]);
      else await applyAs(guide, "sync");
    };
    await tend();
    const steps = readGuide("docs/migrate-from-external-dns.md");
    expect(steps).toHaveLength(4);
    for (const [index, step] of steps.entries())
      await walk(guide, step, { clusters: [{ kubectl: onGreen, tend }], others: index < 2 ? [LEFT] : [] });
    expect(ownersIn(guide)).toEqual(["arn:aws:eks:us-west-2:111122223333:cluster/prod"]);
    expect([...edge.instances.values()]).toMatchObject([
      { id: ELB, attributes: { AWS_ALIAS_DNS_NAME: ELB, "k8s.io/service": "edge" } },
    ]);
    const removals = guide.cloudMap.calls.filter(({ operation }) => operation === "DeregisterInstance");
    expect(removals.filter(({ input }) => input["ServiceId"] === edge.id)).toEqual([]);
  });

  test("from ECS: pods stand beside the tasks, and the tasks go", async () => {
    const ecs = createEcsService({ cluster: "legacy", name: "web", addresses: ["10.1.0.1", "10.1.0.2"] });
    const account = (cloudMap: CloudMapWorld, web: Service) => ({ ecs: ecsHandler(cloudMap, web, ecs) });
    const guide = await openGuide({ prod: planes.green.server }, { hasCustomHealth: true }, account);
    const [write, ...steps] = readGuide("docs/move-from-ecs.md");
    expect(steps).toHaveLength(3);
    if (write !== undefined) await guide.reader.follow(write);
    expect(await guide.discovered()).toEqual(["task-1", "task-2"]);
    for (const [index, step] of steps.entries()) {
      const others = index < 1 ? tasksOf(ecs) : [];
      await walk(guide, step, { clusters: [{ kubectl: onGreen, tend: () => applyAs(guide, "sync") }], others });
    }
    expect(ecs).toMatchObject({ desired: 0, status: "INACTIVE" });
  });

  test("blue/green: the pods of both clusters stand side by side, and blue's go", async () => {
    const guide = await openGuide(both());
    await startBlue(guide);
    const steps = readGuide("docs/move-between-clusters.md", "Blue/green");
    expect(steps).toHaveLength(3);
    const clusters = [
      { kubectl: onBlue, tend: () => applyAs(guide, "blue") },
      { kubectl: onGreen, tend: () => applyAs(guide, "green") },
    ];
    for (const step of steps) await walk(guide, step, { clusters });
    expect(ownersIn(guide)).toEqual(["arn:aws:eks:us-west-2:111122223333:cluster/green"]);
  });

  test("after a loss: green takes over what blue left behind", async () => {
    const guide = await openGuide(both());
    await onBlue("-n", "shop", "scale", "deployment", "web", "--replicas=2");
    await startBlue(guide);
    const lost = await addressesOf(onBlue);
    await planes.blue.stop();
    const steps = readGuide("docs/move-between-clusters.md", "After a loss");
    expect(steps).toHaveLength(2);
    const clusters = [{ kubectl: onGreen, tend: () => applyAs(guide, "sync") }];
    for (const [index, step] of steps.entries()) await walk(guide, step, { clusters, others: index < 1 ? lost : [] });
  });

  /** Blue's pods are registered by the document that the guide gives for it. */
  async function startBlue(guide: Guide): Promise<void> {
    const [first] = readGuide("docs/move-between-clusters.md", "Blue/green");
    await guide.reader.write(first?.blocks.filter(({ file }) => file === "blue.yaml") ?? []);
    await addressesOf(onBlue);
    await applyAs(guide, "blue");
  }
});

async function walk(
  guide: Guide,
  step: Step,
  { clusters, others = [] }: { readonly clusters: readonly Tended[]; readonly others?: readonly string[] },
): Promise<void> {
  await guide.reader.follow(step);
  for (const { kubectl, tend } of clusters) {
    const settle = async () => {
      await addressesOf(kubectl);
      await tend();
    };
    await exchangePod(kubectl, "shop", "web", settle);
    await settle();
  }
  const living = (await Promise.all(clusters.map(({ kubectl }) => addressesOf(kubectl)))).flat();
  const found = { at: step.title, discovered: await guide.discovered(), wasEmptied: guide.wasEmptied() };
  expect(found).toEqual({ at: step.title, discovered: [...living, ...others].toSorted(), wasEmptied: false });
}

function applyAs(guide: Guide, cluster: "sync" | "blue" | "green"): Promise<string> {
  const context = cluster === "sync" ? "" : ` --context ${cluster}`;
  return guide.reader.run(`npm run -s cli -- apply --config ${cluster}.yaml${context}`);
}

/** A service with the alias that external-dns makes of a load balancer. */
function seedEdge({ cloudMap, web }: Guide): Service {
  const namespace = cloudMap.namespaces.get(web.namespaceId);
  if (namespace === undefined) throw new Error("there is no namespace");
  const edge = seedService(cloudMap, namespace, { name: "edge", isWeighted: true });
  seedInstance(cloudMap, edge, ELB, { AWS_ALIAS_DNS_NAME: ELB });
  return edge;
}

function ownersIn({ web }: Guide): readonly (string | undefined)[] {
  const owners = [...web.instances.values()].map(({ attributes }) => attributes["eks-cloudmap-sync/owner"]);
  return [...new Set(owners)];
}

/** Of the pods of `web`, once there are as many as its Deployment wants and all of them are ready. */
async function addressesOf(kubectl: Kubectl): Promise<readonly string[]> {
  const wanted = await kubectl("-n", "shop", "get", "deployment", "web", "-o", "jsonpath={.spec.replicas}");
  return (await settledPods(kubectl, "shop", Number(wanted))).map(({ ip }) => ip);
}

/** What is sold, and its load balancer, external-dns as a Deployment, and a pod that nobody registers, so that no cluster is ever empty. */
const WORKLOADS = JSON.stringify({
  apiVersion: "v1",
  kind: "List",
  items: [
    ...["shop", "external-dns"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
    deployment("shop", "web", 2, { app: "web" }),
    deployment("external-dns", "external-dns", 1, { "app.kubernetes.io/name": "external-dns" }),
    deployment("default", "keeper", 1, { app: "keeper" }),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "edge", namespace: "shop" },
      spec: { type: "LoadBalancer", selector: { app: "web" }, ports: [{ port: 80 }] },
    },
  ],
});

function deployment(
  namespace: string,
  name: string,
  replicas: number,
  labels: Readonly<Record<string, string>>,
): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image: name }] } },
    },
  };
}
