import { setTimeout as sleep } from "node:timers/promises";
import { expect, vi } from "vitest";
import type { Report } from "../../functions/core/report.ts";
import { startControlPlane } from "../support/control-plane.ts";
import type { ControlPlane } from "../support/control-plane.ts";
import { openCloudMapStage } from "../support/stage.ts";
import type { CloudMapStage } from "../support/stage.ts";

export type SeenPod = {
  readonly name: string;
  readonly ip: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
};

export type Kubectl = (...words: readonly string[]) => Promise<string>;

/** A control plane, an emulated Cloud Map, and production's composition between them. */
export type Cluster = Omit<ControlPlane, "kubectl" | "stop"> & {
  readonly stage: CloudMapStage;
  readonly kubectl: Kubectl;
  readonly apply: (manifest: string) => Promise<void>;
  /** Waits until `namespace` holds exactly so many pods, all of them ready. */
  readonly settled: (namespace: string, count: number) => Promise<readonly SeenPod[]>;
  /** One pass, which has to go well; its changes, `register 10.0.0.1 missing` and so on. */
  readonly changes: () => Promise<readonly string[]>;
  /** The instances of a service as DiscoverInstances shows them, `10.0.0.1 web-1`, in order. */
  readonly registered: (service: string) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

/** `document` is the configuration, by default the walkthrough's; Cloud Map holds the walkthrough's namespace. */
export async function openCluster({ document, manifest }: { document?: string; manifest: string }): Promise<Cluster> {
  const { kubectl: run, stop, ...plane } = await startControlPlane();
  const kubectl = (...words: readonly string[]) => run(words);
  const stage = await openCloudMapStage(plane.kubeconfig, document);
  const close = async () => {
    await stage.close();
    await stop();
  };
  const apply = async (text: string) => {
    await run(["apply", "-f", "-"], text);
  };
  await apply(manifest).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    ...plane,
    stage,
    kubectl,
    apply,
    settled: (namespace, count) => settledPods(kubectl, namespace, count),
    changes: async () => changesOf(await stage.pass()),
    registered: async (service) =>
      (await stage.discover(service))
        .map(({ InstanceId, Attributes }) => `${InstanceId} ${Attributes?.["k8s.io/pod"]}`)
        .toSorted(),
    close,
  };
}

/** Waits until `namespace` holds exactly so many pods, all of them ready. */
export function settledPods(kubectl: Kubectl, namespace: string, count: number): Promise<readonly SeenPod[]> {
  return vi.waitFor(
    async () => {
      const pods = await podsOf(kubectl, namespace);
      expect(pods.map(({ isReady }) => isReady)).toEqual(Array.from({ length: count }, () => true));
      return pods;
    },
    { timeout: 90_000, interval: 250 },
  );
}

/**
 * A Deployment gets one pod more, `tend` does what whoever is in charge does, and then the first is killed, and the Deployment
 * goes back to as many as it had.
 */
export async function exchangePod(
  kubectl: Kubectl,
  namespace: string,
  deployment: string,
  tend: () => Promise<unknown>,
): Promise<void> {
  const scale = (count: number) => kubectl("-n", namespace, "scale", "deployment", deployment, `--replicas=${count}`);
  const before = Number(
    await kubectl("-n", namespace, "get", "deployment", deployment, "-o", "jsonpath={.spec.replicas}"),
  );
  await scale(before + 1);
  await tend();
  const [victim] = (await podsOf(kubectl, namespace)).filter(({ name }) => name.startsWith(`${deployment}-`));
  if (victim === undefined) throw new Error(`${namespace}/${deployment} has no pod`);
  await kubectl("-n", namespace, "delete", "pod", victim.name, "--wait=true");
  await scale(before);
}

/** kwok takes an address back a moment after its pod is gone, and gives it to the next one. */
export function addressesAreFree(): Promise<void> {
  return sleep(2_000);
}

/** As `registered` shows them once Cloud Map is true to them. */
export function shown(pods: readonly SeenPod[]): readonly string[] {
  return pods.map(({ ip, name }) => `${ip} ${name}`).toSorted();
}

export function changesOf(report: Report): readonly string[] {
  expect(report).toMatchObject({ ok: true, errors: [] });
  return report.services.flatMap(({ changes }) => changes.map(({ kind, id, reason }) => `${kind} ${id} ${reason}`));
}

async function podsOf(kubectl: Kubectl, namespace: string) {
  const { items } = JSON.parse(await kubectl("-n", namespace, "get", "pods", "-o", "json")) as {
    readonly items: readonly KubectlPod[];
  };
  return items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    ip: status.podIP ?? "",
    node: spec.nodeName ?? "",
    labels: metadata.labels ?? {},
    isReady:
      metadata.deletionTimestamp === undefined &&
      status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true,
  }));
}

type KubectlPod = {
  readonly metadata: {
    readonly name: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};
