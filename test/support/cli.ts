import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateHttpNamespaceCommand,
  GetOperationCommand,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";
import { onTestFinished } from "vitest";
import { cloudMapHandler } from "../emulators/cloudmap/handler.ts";
import { createCloudMap } from "../emulators/cloudmap/world.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import type { KubernetesOptions } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";

export const SMALLEST = `cluster: test
owner: me
namespaces: [shop.local]
mappings: [{ service: web, pods: { namespace: shop, selector: app=web }, port: 8080 }]
`;

type Options = Pick<KubernetesOptions, "tokens" | "forbid"> & {
  readonly document?: string;
  readonly variables?: Readonly<Record<string, string>>;
};

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

/** The CLI as a process of its own, with a cluster of two ready pods and an empty namespace `shop.local`. */
export async function setUpCli({ document = SMALLEST, variables = {}, ...behaviour }: Options = {}) {
  const kubernetes = createKubernetes(behaviour);
  for (const [name, ip] of [
    ["web-1", "10.0.0.1"],
    ["web-2", "10.0.0.2"],
  ] as const)
    kubernetes.put(podObject({ namespace: "shop", name, ip, labels: { app: "web" } }));
  const cloudMap = createCloudMap();
  const [apiServer, aws] = await Promise.all([serve(kubernetesHandler(kubernetes)), serve(cloudMapHandler(cloudMap))]);
  const folder = await mkdtemp(join(tmpdir(), "cli-"));
  const [config, kubeconfig] = [join(folder, "config.yaml"), join(folder, "kubeconfig")];
  const configure = (text: string) => writeFile(config, text);
  await Promise.all([configure(document), writeFile(kubeconfig, kubeconfigFor(apiServer.url))]);
  await createNamespace(aws.url);
  cloudMap.calls.length = 0;
  onTestFinished(async () => {
    await Promise.all([apiServer.close(), aws.close(), rm(folder, { recursive: true })]);
  });
  return {
    kubernetes,
    cloudMap,
    configure,
    stopKubernetes: apiServer.close,
    /** The operations that changed something, or tried to, in their order. */
    writes: () =>
      cloudMap.calls
        .map(({ operation }) => operation)
        .filter((operation) => /^(Create|Register|Deregister|Update|Delete|Tag|Untag)/.test(operation)),
    run: (verb: string, ...args: readonly string[]) =>
      runCli([verb, "--config", config, "--kubeconfig", kubeconfig, ...args], {
        AWS_ENDPOINT_URL_SERVICEDISCOVERY: aws.url,
        ...variables,
      }),
  };
}

function runCli(args: readonly string[], variables: Readonly<Record<string, string>>): Promise<Ran> {
  const env = { PATH: process.env["PATH"], HOME: "/nonexistent", NO_COLOR: "1", ...IDENTITY, ...variables };
  return new Promise((resolve) => {
    execFile(process.execPath, ["functions/cli/main.ts", ...args], { env }, (error, out, err) => {
      // A child that was killed has no exit code.
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, out, err });
    });
  });
}

const IDENTITY = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    clusters: [{ name: "test", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "test", user: { token: "wrong" } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
  });
}

async function createNamespace(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new ServiceDiscoveryClient({ endpoint, credentials, region: "eu-west-1" });
  const { OperationId } = await client.send(new CreateHttpNamespaceCommand({ Name: "shop.local" }));
  while ((await client.send(new GetOperationCommand({ OperationId }))).Operation?.Status !== "SUCCESS") await sleep(5);
  client.destroy();
}
