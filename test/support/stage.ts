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
import { parseConfiguration } from "../../functions/runtime/configuration.ts";
import { parseEnvironment } from "../../functions/runtime/environment.ts";
import { cloudMapHandler } from "../emulators/cloudmap/handler.ts";
import { createCloudMap } from "../emulators/cloudmap/world.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import type { KubernetesWorld } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";
import { loadWalkthrough, walkthrough } from "./walkthrough.ts";

/** The walkthrough's cluster and its Cloud Map, both emulated, and production's composition between them. */
export type Stage = {
  readonly kubernetes: KubernetesWorld;
  readonly cloudMap: CloudMapWorld;
  readonly cloudMapUrl: string;
  readonly kubeconfig: string;
  readonly config: string;
  readonly pass: (options?: { readonly dryRun?: boolean }) => Promise<Report>;
  readonly discover: (
    service: string,
    query?: Readonly<Record<string, string>>,
  ) => Promise<readonly HttpInstanceSummary[]>;
  /** As somebody else would register it. */
  readonly registerForeign: (
    service: string,
    id: string,
    attributes: Readonly<Record<string, string>>,
  ) => Promise<void>;
  readonly close: () => Promise<void>;
};

const CONFIGURATION = `# The walkthrough: its VirtualNodes say which pods belong to which service.
cluster: walkthrough
owner: walkthrough
namespaces: [${walkthrough.cloudMapNamespace.name}]
`;

export async function openStage(document = CONFIGURATION): Promise<Stage> {
  const kubernetes = createKubernetes();
  loadWalkthrough(kubernetes);
  const cloudMap = createCloudMap();
  const [apiServer, aws] = await Promise.all([serve(kubernetesHandler(kubernetes)), serve(cloudMapHandler(cloudMap))]);
  const folder = await mkdtemp(join(tmpdir(), "eks-cloudmap-sync-"));
  const [config, kubeconfig] = [join(folder, "sync.yaml"), join(folder, "kubeconfig")];
  await Promise.all([writeFile(config, document), writeFile(kubeconfig, kubeconfigFor(apiServer.url))]);

  const variables = { AWS_REGION: "us-west-2", AWS_ENDPOINT_URL_SERVICEDISCOVERY: aws.url };
  Object.assign(process.env, variables, { AWS_ACCESS_KEY_ID: "demo", AWS_SECRET_ACCESS_KEY: "demo" });
  const client = new ServiceDiscoveryClient({ endpoint: aws.url, disableHostPrefix: true });
  await createNamespace(client);
  const world = await composeWorld({
    configuration: parseConfiguration(document, config),
    access: { kind: "kubeconfig", file: kubeconfig },
    environment: parseEnvironment(variables),
  });
  return {
    kubernetes,
    cloudMap,
    cloudMapUrl: aws.url,
    kubeconfig,
    config,
    pass: ({ dryRun = false } = {}) =>
      reconcile({ scopes: [{ kind: "all" }], sweep: true, force: false, dryRun, deadline: Date.now() + 60_000 }, world),
    discover: async (service, query = {}) => {
      const NamespaceName = walkthrough.cloudMapNamespace.name;
      const asked = { NamespaceName, ServiceName: service, QueryParameters: { ...query } };
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
      await Promise.all([apiServer.close(), aws.close(), rm(folder, { recursive: true })]);
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

function kubeconfigFor(server: string): string {
  return `apiVersion: v1
kind: Config
clusters: [{ name: walkthrough, cluster: { server: "${server}" } }]
users: [{ name: walkthrough, user: {} }]
contexts: [{ name: walkthrough, context: { cluster: walkthrough, user: walkthrough, namespace: ${walkthrough.kubernetesNamespace} } }]
current-context: walkthrough
`;
}
