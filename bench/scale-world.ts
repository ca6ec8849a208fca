import { seedInstance, seedNamespace, seedService } from "../test/emulators/cloudmap/seed.ts";
import { answerList } from "../test/emulators/kubernetes/list.ts";
import { podObject, serviceObject } from "../test/emulators/kubernetes/workloads.ts";
import { openDeployment } from "../test/support/deployment.ts";
import type { Deployment } from "../test/support/deployment.ts";

/** One world: all pods are registered already, so that what is measured is what each minute costs. */
export type World = {
  readonly pods: number;
  readonly services: number;
  /** Of Kubernetes. */
  readonly namespaces: number;
  /** Cloud Map namespaces, which claims name one after the other. */
  readonly registries: number;
  /** Annotated Services, instead of the document's mappings. */
  readonly claims: number;
};

/** A stack's functions over emulators of such a world. */
export async function openScale(world: World): Promise<Deployment> {
  const deployment = await openDeployment({ configuration: documentOf(world) });
  fill(deployment, world);
  warm(deployment);
  deployment.cloudMap.options.rates = {};
  return deployment;
}

/** Has the emulated API server write every pod as JSON, which it does once: 100,000 take it longer than a list may be silent. */
function warm({ kubernetes }: Deployment): void {
  const pods = kubernetes.resources().find(({ kind }) => kind === "Pod");
  if (pods !== undefined) answerList(kubernetes, pods, "", new URLSearchParams(), undefined);
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
    const pod = podOf(index, world);
    kubernetes.put(podObject(pod));
    const into = held[index % services];
    if (into === undefined) continue;
    seedInstance(cloudMap, into, pod.ip, {
      ...pod.labels,
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

/** Of a service each, and of a claim of it. */
export function podOf(index: number, { services, namespaces, claims }: World) {
  const service = index % services;
  const labels: Readonly<Record<string, string>> = {
    app: `app-${service}`,
    ...(claims > 0 ? { claim: `claim-${index % claims}` } : {}),
  };
  return { namespace: `team-${service % namespaces}`, name: `pod-${index}`, ip: addressOf(index), labels };
}

function addressOf(index: number): string {
  return `10.${Math.floor(index / 62_500)}.${Math.floor(index / 250) % 250}.${index % 250}`;
}
