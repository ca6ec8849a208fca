import { setTimeout as sleep } from "node:timers/promises";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { seedNamespace } from "../emulators/cloudmap/seed.ts";
import { openSession } from "../kubernetes/session.ts";
import { missingParts, startControlPlane } from "../support/control-plane.ts";
import type { ControlPlane } from "../support/control-plane.ts";
import { openCloudMapStage } from "../support/stage.ts";
import type { CloudMapStage } from "../support/stage.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

/**
 * An annotated Service registers what the EndpointSlice controller publishes for it, but for what differs on purpose, which is a table
 * in docs/configuration.md. Its last five rows do not arise here: addresses are a pod's own, nodes are there and stay, Services have both
 * families, and no pod was registered before. The first two show in `publishedFor`: what has no port, and what terminates, is not counted.
 */
const DOCUMENT = `cluster: c1
owner: o
namespaces: [slices]
id: ip-port
sources: { services: true, virtualNodes: false }
nodes: { zones: false }
rates: { CreateService: "1000:1000", RegisterInstance: "1000:1000", ListServices: "1000:1000" }
`;
/** The controller leaves out pods of no node. */
const NODE = "ip-192-168-34-59.us-west-2.compute.internal";
const WORLDS = 40;

const portName = fc.constantFrom("http", "metrics", "dns");
const protocol = fc.constantFrom("TCP", "UDP");
const number = fc.constantFrom(53, 8080, 9090, 9102);
const containerPort = fc.record({ name: portName, containerPort: number, protocol });
const container = fc.uniqueArray(containerPort, {
  maxLength: 3,
  comparator: (a, b) => a.name === b.name || (a.containerPort === b.containerPort && a.protocol === b.protocol),
});
const pod = fc.record({
  labels: fc.record(
    { app: fc.constantFrom("web", "web", "web", "api"), tier: fc.constantFrom("a", "b") },
    { requiredKeys: ["app"] },
  ),
  families: fc.constantFrom<readonly ("v4" | "v6")[]>(
    ["v4"],
    ["v6"],
    ["v4", "v6"],
    ["v6", "v4"],
    ["v4"],
    ["v6"],
    ["v4", "v6"],
    [],
  ),
  isReady: fc.constantFrom(true, true, true, false),
  phase: fc.constantFrom("Running", "Running", "Running", "Running", "Running", "Running", "Succeeded", "Failed"),
  isTerminating: fc.constantFrom(false, false, false, false, false, true),
  hostNetwork: fc.constantFrom(false, false, true),
  containers: fc.tuple(container, container),
});
const service = fc.record({
  selector: fc.record(
    { app: fc.constantFrom("web", "web", "web", "api"), tier: fc.constantFrom("a", "b") },
    { requiredKeys: ["app"] },
  ),
  isHeadless: fc.boolean(),
  publishNotReadyAddresses: fc.constantFrom(false, false, true),
  ports: fc.uniqueArray(
    fc.record({ port: fc.constantFrom(80, 81, 82), targetPort: fc.oneof(number, portName), protocol }),
    { minLength: 1, maxLength: 3, comparator: (a, b) => a.port === b.port && a.protocol === b.protocol },
  ),
});
const world = fc.record({
  pods: fc.array(pod, { minLength: 2, maxLength: 6 }),
  services: fc.array(service, { minLength: 1, maxLength: 2 }),
});

type Of<T> = T extends fc.Arbitrary<infer U> ? U : never;
type Pod = Of<typeof pod>;
type Service = Of<typeof service>;
type Session = Awaited<ReturnType<typeof openSession>>;

describe.skipIf(missing !== undefined)("EndpointSlices of a real control plane", () => {
  let plane: ControlPlane;
  let session: Session;
  let stage: CloudMapStage;

  beforeAll(async () => {
    plane = await startControlPlane();
    session = await openSession(plane.server);
    stage = await openCloudMapStage(plane.kubeconfig, DOCUMENT);
    seedNamespace(stage.cloudMap, { name: "slices", type: "HTTP" });
  });
  afterAll(async () => {
    await Promise.all([stage?.close(), session?.proxy.close()]);
    await plane?.stop();
  });

  test("publish the addresses and ports that are registered", async () => {
    const seed = Math.trunc(Math.random() * 2 ** 31);
    const names: string[] = [];
    for (const { pods, services } of fc.sample(world, { numRuns: WORLDS, seed })) {
      const namespace = await session.createNamespace();
      for (const [index, one] of pods.entries()) await createPod(session, namespace, index, one);
      for (const [index, one] of services.entries()) {
        await createService(session, namespace, `web-${index}`, one);
        names.push(`${namespace}/web-${index}`);
      }
    }
    await stage.pass();
    const registered = new Map(names.map((name) => [name, registeredFor(stage, name)]));
    // The controller makes 20 calls a second, and some again later: it has to come to what is registered, and to stay there.
    const isPublished = async () =>
      expect({ seed, published: await publishedFor(session, names) }).toEqual({ seed, published: registered });
    await vi.waitFor(isPublished, { timeout: 90_000, interval: 500 });
    await sleep(3_000);
    await isPublished();
    // Neither side is right by being empty.
    expect([...registered.values()].filter((addresses) => addresses.length > 0).length).toBeGreaterThan(WORLDS / 8);
  });
});

/**
 * A pod whose status is written before it comes to its node, so that kwok leaves it as it is. One that terminates, or has no
 * address yet, comes to none.
 */
async function createPod({ proxy }: Session, namespace: string, index: number, one: Pod): Promise<void> {
  const { labels, hostNetwork, containers, phase, isReady, isTerminating } = one;
  const name = `pod-${index}`;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  // Two containers on one host cannot have the same port.
  const used = hostNetwork ? containers.slice(0, 1) : containers;
  await proxy.send("POST", path, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels, ...(isTerminating ? { finalizers: ["example.com/stays"] } : {}) },
    spec: {
      schedulerName: "nobody",
      hostNetwork,
      containers: used.map((ports, at) => ({ name: `c${at}`, image: "app", ports })),
    },
  });
  const [podIP, ...others] = addressesOf(index, one);
  const conditions = [{ type: "Ready", status: isReady ? "True" : "False" }];
  const podIPs = [podIP, ...others].map((ip) => ({ ip }));
  await proxy.send("PATCH", `${path}/${name}/status`, {
    status: { phase, conditions, ...(podIP === undefined ? {} : { podIP, podIPs }) },
  });
  if (isTerminating) await proxy.send("DELETE", `${path}/${name}?gracePeriodSeconds=0`);
  else if (podIP !== undefined)
    await proxy.send("POST", `${path}/${name}/binding`, {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name },
      target: { kind: "Node", name: NODE },
    });
}

/** On the host network those of a node of its own, which has both. */
function addressesOf(index: number, { hostNetwork, families }: Pod): readonly string[] {
  if (hostNetwork) return [`10.0.1.${index + 1}`, `fd00:1::${index + 1}`];
  return families.map((family) => (family === "v4" ? `10.0.0.${index + 1}` : `fd00::${index + 1}`));
}

async function createService({ proxy }: Session, namespace: string, name: string, one: Service): Promise<void> {
  const { selector, isHeadless, publishNotReadyAddresses, ports } = one;
  await proxy.send("POST", `/api/v1/namespaces/${namespace}/services`, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, annotations: { "eks-cloudmap-sync/service": cloudMapName(`${namespace}/${name}`) } },
    spec: {
      selector,
      publishNotReadyAddresses,
      ipFamilyPolicy: "RequireDualStack",
      ...(isHeadless ? { clusterIP: "None" } : {}),
      ports: ports.map((port) => ({ ...port, name: `${port.port}-${port.protocol}`.toLowerCase() })),
    },
  });
}

type Slices = {
  readonly items: readonly {
    readonly metadata: { readonly namespace: string; readonly labels?: Readonly<Record<string, string>> };
    readonly endpoints:
      | readonly {
          readonly addresses: readonly string[];
          readonly conditions: { readonly ready?: boolean; readonly terminating?: boolean };
        }[]
      | null;
    readonly ports: readonly { readonly port: number }[] | null;
  }[];
};

/** What is published for each Service; undefined where it has not got its slices yet, one a family. */
async function publishedFor({ proxy }: Session, names: readonly string[]) {
  const { items } = (await proxy.send("GET", "/apis/discovery.k8s.io/v1/endpointslices")) as Slices;
  const byService = Map.groupBy(
    items,
    ({ metadata }) => `${metadata.namespace}/${metadata.labels?.["kubernetes.io/service-name"]}`,
  );
  return new Map(
    names.map((name) => {
      const slices = byService.get(name) ?? [];
      return [name, slices.length < 2 ? undefined : addressesIn(slices)];
    }),
  );
}

function addressesIn(slices: Slices["items"]): readonly string[] {
  const found = slices.flatMap(({ endpoints, ports }) =>
    (endpoints ?? [])
      .filter(({ conditions }) => conditions.ready === true && conditions.terminating !== true)
      .flatMap(({ addresses }) => addresses.flatMap((ip) => (ports ?? []).map(({ port }) => `${ip} ${port}`))),
  );
  return [...new Set(found)].toSorted();
}

function registeredFor({ cloudMap }: CloudMapStage, name: string): readonly string[] {
  const service = [...cloudMap.services.values()].find((one) => one.name === cloudMapName(name));
  const found = [...(service?.instances.values() ?? [])].flatMap(({ attributes }) =>
    ["AWS_INSTANCE_IPV4", "AWS_INSTANCE_IPV6"].flatMap((key) =>
      attributes[key] === undefined ? [] : [`${attributes[key]} ${attributes["AWS_INSTANCE_PORT"]}`],
    ),
  );
  return [...new Set(found)].toSorted();
}

function cloudMapName(name: string): string {
  return name.replace("/", "-");
}
