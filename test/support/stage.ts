import {
  CreatePrivateDnsNamespaceCommand,
  DiscoverInstancesCommand,
  GetOperationCommand,
  RegisterInstanceCommand,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";
import type { HttpInstanceSummary } from "@aws-sdk/client-servicediscovery";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { reconcile } from "../../functions/core/reconcile.ts";
import type { Report } from "../../functions/core/report.ts";
import { composeWorld } from "../../functions/runtime/compose.ts";
import { parseConfiguration } from "../../functions/runtime/configuration/document.ts";
import { parseEnvironment } from "../../functions/runtime/configuration/environment.ts";
import { cloudMapHandler } from "../emulators/cloudmap/handler.ts";
import { AT_ONCE } from "../emulators/cloudmap/options.ts";
import { createCloudMap } from "../emulators/cloudmap/world.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import type { KubernetesWorld } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";
import { request } from "./builders.ts";
import { kubeconfigFor } from "./kubeconfig.ts";
import { loadWalkthrough, walkthrough } from "./walkthrough.ts";

/** An emulated Cloud Map with the walkthrough's namespace, and production's composition between it and a cluster. */
export type CloudMapStage = {
  readonly cloudMap: CloudMapWorld;
  readonly cloudMapUrl: string;
  readonly config: string;
  /** One pass over everything; with another kubeconfig as another identity, or with another configuration as another cluster. */
  readonly pass: (options?: {
    readonly dryRun?: boolean;
    readonly newCluster?: boolean;
    readonly force?: boolean;
    readonly kubeconfig?: string;
    readonly document?: string;
  }) => Promise<Report>;
  /** By default in the walkthrough's namespace. */
  readonly discover: (
    service: string,
    query?: Readonly<Record<string, string>>,
    namespace?: string,
  ) => Promise<readonly HttpInstanceSummary[]>;
  /** As somebody else would register it. */
  readonly registerForeign: (
    service: string,
    id: string,
    attributes: Readonly<Record<string, string>>,
  ) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** The same with an emulated cluster. */
export type Stage = CloudMapStage & { readonly kubernetes: KubernetesWorld; readonly kubeconfig: string };

const CONFIGURATION = `# The walkthrough: its VirtualNodes say which pods belong to which service.
cluster: walkthrough
owner: walkthrough
namespaces: [${walkthrough.cloudMapNamespace.name}]
`;

/** By default with the walkthrough's pods. */
export async function openStage(
  document = CONFIGURATION,
  load: (kubernetes: KubernetesWorld) => void = loadWalkthrough,
): Promise<Stage> {
  const kubernetes = createKubernetes();
  load(kubernetes);
  const apiServer = await serve(kubernetesHandler(kubernetes));
  const folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  const kubeconfig = join(folder, "kubeconfig");
  const context = { name: "walkthrough", namespace: walkthrough.kubernetesNamespace };
  await writeFile(kubeconfig, kubeconfigFor(apiServer.url, {}, context));
  const stage = await openCloudMapStage(kubeconfig, document);
  return {
    ...stage,
    kubernetes,
    kubeconfig,
    close: async () => {
      await Promise.all([stage.close(), apiServer.close(), rm(folder, { recursive: true })]);
    },
  };
}

export async function openCloudMapStage(kubeconfig: string, document = CONFIGURATION): Promise<CloudMapStage> {
  const cloudMap = createCloudMap(AT_ONCE);
  const aws = await serve(cloudMapHandler(cloudMap));
  const folder = await mkdtemp(join(tmpdir(), "eks-cloudmap-sync-"));
  const config = join(folder, "sync.yaml");
  await writeFile(config, document);

  const variables = { AWS_REGION: "us-west-2", AWS_ENDPOINT_URL_SERVICEDISCOVERY: aws.url };
  Object.assign(process.env, variables, { AWS_ACCESS_KEY_ID: "demo", AWS_SECRET_ACCESS_KEY: "demo" });
  const client = new ServiceDiscoveryClient({ endpoint: aws.url, disableHostPrefix: true });
  await createNamespace(client);
  const compose = (file: string, text: string) =>
    composeWorld({
      configuration: parseConfiguration(text, config),
      access: { kind: "kubeconfig", file },
      environment: parseEnvironment(variables),
    });
  const world = await compose(kubeconfig, document);
  return {
    cloudMap,
    cloudMapUrl: aws.url,
    config,
    pass: async ({ dryRun = false, newCluster = false, force = false, ...other } = {}) =>
      reconcile(
        request({ dryRun, newCluster, force, deadline: Date.now() + 60_000 }),
        other.kubeconfig === undefined && other.document === undefined
          ? world
          : await compose(other.kubeconfig ?? kubeconfig, other.document ?? document),
      ),
    discover: async (service, query = {}, namespace = walkthrough.cloudMapNamespace.name) => {
      const asked = { NamespaceName: namespace, ServiceName: service, QueryParameters: { ...query } };
      const { Instances = [] } = await client.send(new DiscoverInstancesCommand(asked));
      return Instances;
    },
    registerForeign: async (service, InstanceId, attributes) => {
      const held = [...cloudMap.services.values()].find(({ name }) => name === service);
      if (held === undefined) throw new Error(`no service ${service} yet`);
      const { OperationId } = await client.send(
        new RegisterInstanceCommand({ ServiceId: held.id, InstanceId, Attributes: { ...attributes } }),
      );
      await waitFor(client, OperationId);
    },
    close: async () => {
      client.destroy();
      await Promise.all([aws.close(), rm(folder, { recursive: true })]);
    },
  };
}

async function createNamespace(client: ServiceDiscoveryClient): Promise<void> {
  const command = new CreatePrivateDnsNamespaceCommand({
    Name: walkthrough.cloudMapNamespace.name,
    Vpc: "vpc-0walkthrough",
  });
  const { OperationId } = await client.send(command);
  await waitFor(client, OperationId);
}

async function waitFor(client: ServiceDiscoveryClient, OperationId: string | undefined): Promise<void> {
  for (;;) {
    const { Operation } = await client.send(new GetOperationCommand({ OperationId }));
    if (Operation?.Status === "SUCCESS") return;
    if (Operation?.Status === "FAIL") throw new Error(`operation ${OperationId} failed: ${Operation.ErrorMessage}`);
    await sleep(5);
  }
}
