import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { presignToken } from "../../functions/kubernetes/eks.ts";
import { PROCESS_VARIABLES } from "../../infra/functions.ts";
import type { KubernetesObject } from "../../test/emulators/kubernetes/objects.ts";
import { serviceObject } from "../../test/emulators/kubernetes/workloads.ts";
import type { Handler } from "../../test/emulators/serve.ts";
import { CLUSTER, openDeployment } from "../../test/support/deployment.ts";
import type { Deployment } from "../../test/support/deployment.ts";
import { isWrite } from "../../test/support/farm.ts";
import { kubeconfigFor } from "../../test/support/kubeconfig.ts";
import { heavyPod } from "../heavy-pod.ts";
import { measure } from "./measured.ts";
import type { Command, Taken } from "./measured.ts";

export type Shape = { readonly services: number; readonly size: number };

/** What one run took, and what it asked of Cloud Map. */
export type Run = Taken & { readonly calls: number; readonly writes: number; readonly throttled: number };

/** Services of ready pods, as large as real ones are, and a Cloud Map: what both are measured on. */
export type Ground = {
  readonly deployment: Deployment;
  /** The command line, bundled; by default `apply`. */
  readonly cli: (verb?: "apply" | "plan") => Promise<Run>;
  /** The schedule's Lambda; by default as Lambda starts it anew. */
  readonly lambda: (how?: { readonly passes?: number; readonly share?: number }) => Promise<Run>;
  /** One pass of external-dns. */
  readonly externalDns: (program: string, share?: number) => Promise<Run>;
  /** How it is run on this ground. */
  readonly externalDnsCommand: (program: string, more: readonly string[]) => Promise<Omit<Command, "share">>;
  /** Other pods, at other addresses, in the place of so many of the first service. */
  readonly replacePods: (count: number) => void;
  /** Another pod of a service, ready. */
  readonly addPod: (service: number, ip: string) => void;
  /** A file by which its API server is reached for a quarter of an hour. */
  readonly kubeconfig: () => Promise<string>;
  /** All answers that one pass of the Lambda reads. */
  readonly answersOfPass: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

/** What an answer of Cloud Map takes, in milliseconds. */
export const LATENCY_MS = 20;
/** Rates under which preparing takes no longer than it has to. */
export const UNLIMITED = { RegisterInstance: "5000:5000", CreateService: "5000:5000", ListServices: "100:100" };

const NAMESPACE = "shop";
const ZONE = "shop.local";
const SLICES = {
  group: "discovery.k8s.io",
  version: "v1",
  plural: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
};
/** What V8 gives itself where Lambda has 512 MB, as Node shows it in a control group of that memory. */
export const HEAP: readonly string[] = ["--max-old-space-size=256", "--max-semi-space-size=2"];
/** A name, since external-dns puts `data-` before it; the emulator is its proxy. */
const CLOUD_MAP_HOST = "http://cloudmap.example";

export async function openGround(
  { services, size }: Shape,
  rates: Readonly<Record<string, string>> = {},
): Promise<Ground> {
  const names = Array.from({ length: services }, (_, index) => `web-${index}`);
  const document = {
    namespaces: [ZONE],
    sources: { virtualNodes: false },
    rates,
    mappings: names.map((service) => ({ service, pods: { namespace: NAMESPACE, selector: `app=${service}` } })),
  };
  const recorder = createRecorder();
  const deployment = await openDeployment({ configuration: document, around: recorder.around });
  const { kubernetes, cloudMap, eks } = deployment;
  cloudMap.options.quotas = { ...cloudMap.options.quotas, instancesPerNamespace: 2 * services * size + 100 };
  kubernetes.serve(SLICES);
  const placed = names.map((name, at) => {
    kubernetes.put(headless(name));
    const pods = Array.from({ length: size }, (_, index) =>
      putPod(deployment, name, `${name}-${index}`, addressOf(at, index)),
    );
    kubernetes.put(sliceOf(name, pods));
    return pods;
  });
  const addPod = (service: number, ip: string) => {
    const [name = "", pods = []] = [names[service], placed[service]];
    pods.push(putPod(deployment, name, `${name}-at-${ip}`, ip));
    kubernetes.put(sliceOf(name, pods));
  };
  let replaced = 0;
  const folder = await mkdtemp(join(tmpdir(), "ground-"));
  const config = join(folder, "sync.json");
  await writeFile(config, JSON.stringify({ cluster: CLUSTER, ...document }));
  const variables = deployment.variablesOf("scheduled-reconcile");
  const count = async (work: Promise<Taken>): Promise<Run> => {
    cloudMap.calls.length = 0;
    const taken = await work;
    const { calls } = cloudMap;
    return {
      ...taken,
      calls: calls.length,
      writes: calls.filter(({ operation }) => isWrite(operation)).length,
      throttled: calls.filter(({ error }) => error === "ThrottlingException").length,
    };
  };
  const node = process.execPath;
  const lambda: Ground["lambda"] = ({ passes = 1, share } = {}) => {
    const bundle = resolve("dist/functions/scheduled-reconcile.mjs");
    const args = [...HEAP, resolve("bench/peer/lambda-passes.mjs"), bundle, String(passes)];
    return count(measure({ program: node, args, env: { ...PROCESS_VARIABLES, ...variables }, share }));
  };
  const kubeconfig = async () => {
    const file = join(folder, "kubeconfig");
    const { ca = "", endpoint = "" } = eks.clusters.get(CLUSTER) ?? {};
    const cluster = { server: endpoint, "certificate-authority-data": Buffer.from(ca).toString("base64") };
    await writeFile(file, kubeconfigFor(cluster, { token: await tokenOf(variables) }));
    return file;
  };
  const externalDnsCommand: Ground["externalDnsCommand"] = async (program, more) => {
    const env = { ...variables, AWS_ENDPOINT_URL: CLOUD_MAP_HOST, HTTP_PROXY: deployment.url };
    return { program, args: [...argumentsOf(await kubeconfig()), ...more], env };
  };
  return {
    deployment,
    lambda,
    cli: (verb = "apply") =>
      count(measure({ program: node, args: [resolve("dist/cli/main.js"), verb, "--config", config], env: variables })),
    externalDns: async (program, share) => {
      const command = await externalDnsCommand(program, ["--once"]);
      return count(measure({ ...command, share }));
    },
    externalDnsCommand,
    kubeconfig,
    replacePods: (count) => {
      for (let done = 0; done < count; done++) {
        const old = placed[0]?.shift();
        if (old !== undefined) kubernetes.remove({ kind: "Pod", namespace: NAMESPACE, name: old.name });
        addPod(0, `10.251.0.${replaced++}`);
      }
    },
    addPod,
    answersOfPass: async () => {
      const answers = recorder.record();
      await lambda();
      recorder.stop();
      return answers;
    },
    close: async () => {
      await Promise.all([deployment.close(), rm(folder, { recursive: true })]);
    },
  };
}

/** As the README of its provider has it, with no node read. */
function argumentsOf(kubeconfig: string): readonly string[] {
  return [
    "--source=service",
    "--service-type-filter=ClusterIP",
    "--provider=aws-sd",
    "--policy=sync",
    "--registry=aws-sd",
    "--txt-owner-id=bench",
    `--domain-filter=${ZONE}`,
    "--aws-zone-type=private",
    `--kubeconfig=${kubeconfig}`,
    `--namespace=${NAMESPACE}`,
    "--metrics-address=127.0.0.1:0",
  ];
}

function tokenOf({ AWS_ACCESS_KEY_ID: id = "", AWS_SECRET_ACCESS_KEY: secret = "" }: Readonly<Record<string, string>>) {
  const credentials = () => Promise.resolve({ accessKeyId: id, secretAccessKey: secret });
  return presignToken({ cluster: CLUSTER, region: "us-west-2", credentials });
}

type Placed = { readonly name: string; readonly ip: string };

function putPod({ kubernetes }: Deployment, app: string, name: string, ip: string): Placed {
  kubernetes.put(heavyPod({ name, namespace: NAMESPACE, ip, labels: { app } }));
  return { name, ip };
}

function addressOf(service: number, index: number): string {
  return `10.${service}.${Math.floor(index / 250)}.${index % 250}`;
}

function headless(name: string): KubernetesObject {
  const annotations = { "external-dns.kubernetes.io/hostname": `${name}.${ZONE}` };
  const service = serviceObject({ name, namespace: NAMESPACE, annotations, selector: { app: name } });
  return { ...service, spec: { ...(service["spec"] as object), clusterIP: "None" } };
}

function sliceOf(service: string, pods: readonly Placed[]): KubernetesObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: service, namespace: NAMESPACE, labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    endpoints: pods.map(({ name, ip }) => ({
      addresses: [ip],
      conditions: { ready: true },
      targetRef: { kind: "Pod", namespace: NAMESPACE, name },
    })),
  };
}

/** Keeps the texts that are answered between `record` and `stop`. */
function createRecorder() {
  let kept: string[] | undefined;
  return {
    record: (): readonly string[] => (kept = []),
    stop: () => (kept = undefined),
    around:
      (handler: Handler): Handler =>
      async (request) => {
        const response = await handler(request);
        if (kept === undefined) return response;
        const { status, headers } = response;
        const text = await response.text();
        kept.push(text);
        return new Response(text, { status, headers });
      },
  };
}
