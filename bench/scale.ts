import { readFile, writeFile } from "node:fs/promises";
import { FUNCTIONS } from "../infra/functions.ts";
import { seedInstance, seedNamespace, seedService } from "../test/emulators/cloudmap/seed.ts";
import { answerList } from "../test/emulators/kubernetes/list.ts";
import { podObject, serviceObject } from "../test/emulators/kubernetes/workloads.ts";
import { openDeployment } from "../test/support/deployment.ts";
import type { Deployment } from "../test/support/deployment.ts";
import { renderChart } from "./chart.ts";
import { renderTable } from "./table.ts";

/** One world: all pods are registered already, so that what is measured is what each minute costs. */
type World = {
  readonly pods: number;
  readonly services: number;
  /** Of Kubernetes. */
  readonly namespaces: number;
  /** Cloud Map namespaces, which claims name one after the other. */
  readonly registries: number;
  /** Annotated Services, instead of the document's mappings. */
  readonly claims: number;
};

const USUAL: World = { pods: 10_000, services: 100, namespaces: 10, registries: 1, claims: 0 };
const SERIES: Readonly<Record<string, readonly (readonly [number, Partial<World>])[]>> = {
  pods: [100, 1_000, 10_000, 30_000].map((pods) => [pods, { pods, services: Math.max(10, pods / 500) }] as const),
  services: [10, 100, 1_000].map((services) => [services, { services }] as const),
  "Kubernetes namespaces": [1, 10, 100].map((namespaces) => [namespaces, { namespaces }] as const),
  "Cloud Map namespaces": [1, 10, 50].map((registries) => [registries, { registries, services: 200 }] as const),
  claims: [10, 100, 1_000, 10_000].map((claims) => [claims, { claims, services: 10, pods: 10_000 }] as const),
};
const PICTURE = new URL("scale.svg", import.meta.url).pathname;
/** The schedule's minute, and the memory of its function. */
const MINUTE = 60;
const { megabytes } = FUNCTIONS["scheduled-reconcile"].memory;
/** As Lambda has Node limit its heap, of what the function has. */
const HEAP = Math.round(megabytes * 0.75);

type Measured = { readonly seconds: number; readonly cpu: number; readonly calls: number; readonly peak: number };

/** What a pass costs that has nothing to do, in a process that was just started, as the world grows; and a picture of it. */
export async function measureScale(): Promise<string> {
  const rows = [];
  const lines = [];
  for (const [what, worlds] of Object.entries(SERIES)) {
    const points: { readonly x: number; readonly y: number }[] = [];
    for (const [size, change] of worlds) {
      const measured = await measure({ ...USUAL, ...change });
      rows.push(rowOf(what, size, measured));
      console.error(JSON.stringify(rows.at(-1)));
      points.push({ x: size, y: measured?.seconds ?? Number.NaN });
    }
    lines.push({ name: what, points });
  }
  await writeFile(
    PICTURE,
    renderChart({ x: "how many", y: "seconds a pass", lines, limit: { y: MINUTE, name: "the schedule's minute" } }),
  );
  return [
    `The first pass of a process with nothing to do, ${megabytes} MB; where nothing else is said ${USUAL.pods} pods of ${USUAL.services} services in ${USUAL.namespaces} Kubernetes namespaces`,
    renderTable(["of", "how many", "seconds", "CPU s", "calls", "peak MB"], ["of"], rows),
    `The picture is ${PICTURE}`,
  ].join("\n");
}

function rowOf(of: string, size: number, measured: Measured | undefined) {
  const { seconds, cpu, calls, peak } = measured ?? { seconds: NaN, cpu: NaN, calls: NaN, peak: NaN };
  return {
    of,
    "how many": size,
    seconds: seconds.toFixed(1),
    "CPU s": cpu.toFixed(1),
    calls,
    "peak MB": peak.toFixed(0),
  };
}

/** Undefined: the pass failed, and why is on standard error. */
async function measure(world: World): Promise<Measured | undefined> {
  const deployment = await openDeployment({ configuration: documentOf(world) });
  try {
    fill(deployment, world);
    warm(deployment);
    deployment.cloudMap.options.rates = {};
    const lambda = await deployment.start("scheduled-reconcile", { NODE_OPTIONS: `--max-old-space-size=${HEAP}` });
    const before = await usageOf(lambda.pid);
    deployment.calls.length = 0;
    const begun = performance.now();
    const remainingMs = FUNCTIONS["scheduled-reconcile"].timeout * 1000;
    const { answer } = await lambda.invoke({ time: "2026-11-24T14:01:00Z" }, { remainingMs });
    const seconds = (performance.now() - begun) / 1000;
    const after = await usageOf(lambda.pid);
    const { ok, drift } = answer as { readonly ok: boolean; readonly drift: Readonly<Record<string, number>> };
    if (!ok || Object.values(drift).some((count) => count > 0)) {
      console.error(`not measured: ${JSON.stringify(answer).slice(0, 1_000)}`);
      return undefined;
    }
    const calls = deployment.calls.filter(({ service }) => service === "servicediscovery").length;
    return { seconds, cpu: after.cpu - before.cpu, calls, peak: after.peak };
  } finally {
    await deployment.close();
  }
}

/** Has the emulated API server write every pod as JSON, which it does once: 100,000 take it longer than a list may be silent. */
function warm({ kubernetes }: Deployment): void {
  const pods = kubernetes.resources().find(({ kind }) => kind === "Pod");
  if (pods !== undefined) answerList(kubernetes, pods, "", new URLSearchParams(), undefined);
}

/** Seconds of CPU so far, and the most memory that it has had, in MB; as Linux tells them. */
async function usageOf(pid: number | undefined): Promise<{ readonly cpu: number; readonly peak: number }> {
  const [stat, status] = await Promise.all(
    [`/proc/${pid}/stat`, `/proc/${pid}/status`].map((file) => readFile(file, "utf8")),
  );
  const [user = "0", system = "0"] = (stat ?? "")
    .replace(/^.*\) /, "")
    .split(" ")
    .slice(11, 13);
  const [, kilobytes = "0"] = /VmHWM:\s+(\d+) kB/.exec(status ?? "") ?? [];
  return { cpu: (Number(user) + Number(system)) / 100, peak: Number(kilobytes) / 1024 };
}

function documentOf({ services, namespaces, registries, claims }: World): object {
  return {
    namespaces: Array.from({ length: registries }, (_, index) => registryOf(index)),
    sources: { virtualNodes: false, services: claims > 0 },
    claims: { perNamespace: 100_000 },
    ...(claims > 0
      ? {}
      : {
          mappings: Array.from({ length: services }, (_, index) => ({
            service: `app-${index}`,
            namespace: registryOf(index % registries),
            pods: { namespace: `team-${index % namespaces}`, selector: `app=app-${index}` },
          })),
        }),
  };
}

function registryOf(index: number): string {
  return index === 0 ? "shop.local" : `shop-${index}.local`;
}

/** Pods, claims and what was registered for them. */
function fill({ kubernetes, cloudMap, eks, namespace }: Deployment, world: World): void {
  const { pods, services, namespaces, registries, claims } = world;
  const [cluster] = eks.clusters.values();
  const uid = kubernetes.list("Namespace").find(({ metadata }) => metadata.name === "kube-system")?.metadata["uid"];
  const registry = [
    namespace,
    ...Array.from({ length: registries - 1 }, (_, index) => seedNamespace(cloudMap, { name: registryOf(index + 1) })),
  ];
  const held = Array.from({ length: services }, (_, index) => {
    const within = registry[index % registries];
    if (within === undefined) throw new RangeError(`no namespace ${index}`);
    return seedService(cloudMap, within, { name: `app-${index}` });
  });
  for (let claim = 0; claim < claims; claim++)
    kubernetes.put(
      serviceObject({
        namespace: `team-${(claim % services) % namespaces}`,
        name: `claim-${claim}`,
        selector: { claim: `claim-${claim}` },
        annotations: { "eks-cloudmap-sync/service": `app-${claim % services}` },
      }),
    );
  for (let index = 0; index < pods; index++) {
    const service = index % services;
    const labels = { app: `app-${service}`, ...(claims > 0 ? { claim: `claim-${index % claims}` } : {}) };
    const pod = { namespace: `team-${service % namespaces}`, name: `pod-${index}`, ip: addressOf(index), labels };
    kubernetes.put(podObject(pod));
    const into = held[service];
    if (into === undefined) continue;
    seedInstance(cloudMap, into, pod.ip, {
      ...labels,
      AWS_INSTANCE_IPV4: pod.ip,
      // The port of the Service that claims.
      ...(claims > 0 ? { AWS_INSTANCE_PORT: "80" } : {}),
      "k8s.io/namespace": pod.namespace,
      "k8s.io/pod": pod.name,
      "eks-cloudmap-sync/owner": cluster?.arn ?? "",
      "eks-cloudmap-sync/cluster": String(uid),
    });
  }
}

function addressOf(index: number): string {
  return `10.${Math.floor(index / 62_500)}.${Math.floor(index / 250) % 250}.${index % 250}`;
}
