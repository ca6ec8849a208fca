import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultOptions } from "../emulators/cloudmap/options.ts";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { seedDeployments } from "../emulators/kubernetes/controllers/seed.ts";
import { startControllers } from "../emulators/kubernetes/controllers/start.ts";
import { keptKinds, meshesV1beta2, meshObject } from "../emulators/kubernetes/custom-resources.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import type { KubernetesWorld } from "../emulators/kubernetes/world.ts";
import { actAsController } from "../support/app-mesh-controller.ts";
import { seedStack } from "../support/deployed-stack.ts";
import { openDeployment } from "../support/deployment.ts";
import type { Deployment } from "../support/deployment.ts";
import { kubeconfigFor } from "../support/kubeconfig.ts";
import { loadWalkthrough, walkthrough } from "../support/walkthrough.ts";

const NAMESPACE = walkthrough.kubernetesNamespace;
const GATE = "conditions.appmesh.k8s.aws/aws-cloudmap-healthy";
/** The stack as docs/migrate-from-app-mesh.md calls it. */
export const STACK = "eks-cloudmap-sync-prod";
/** What holds a VirtualNode until its controller has cleaned up after it. */
const finalizers = ["aws-cloudmap-resources", "aws-appmesh-resources"].map(
  (name) => `finalizers.appmesh.k8s.aws/${name}`,
);
const CONTROLLER = {
  name: "appmesh-controller",
  namespace: "appmesh-system",
  labels: { "app.kubernetes.io/name": "appmesh-controller" },
};
/** The address of a pod that is gone. */
export const STALE = "192.168.99.9";
/** The same, which a pod that the controller never registered has now. */
export const REUSED = "192.168.84.200";
/** How long pods take to come and to go where somebody looks on. */
export const LIFELIKE = { podStartMs: 2_000, deletionGracePeriodMs: 2_000 };
/** What step 1 of the page deploys. */
const DRY = `namespaces: [${walkthrough.cloudMapNamespace.name}]
sources: { virtualNodes: true }
policy: dry-run
adopt: { appMesh: live }
`;

export type Rehearsal = Deployment & {
  /** For kubectl; the command line reaches the cluster as an EKS cluster. */
  readonly kubeconfig: string;
  /** What a shell needs to ask this account and this cluster. */
  readonly variables: Readonly<Record<string, string>>;
};

/** The account and the cluster of somebody who leaves App Mesh: what docs/migrate-from-app-mesh.md starts from, and its dry stack deployed. */
export async function openRehearsal(): Promise<Rehearsal> {
  const deployment = await openDeployment({ namespace: walkthrough.cloudMapNamespace });
  const { eks, kubernetes, configure, variablesOf, url } = deployment;
  configure(DRY);
  seedStack(deployment, STACK);
  loadMesh(kubernetes);
  registerAsController(deployment);
  seedDeployments(kubernetes);
  const stopControllers = startControllers(kubernetes);
  const folder = await mkdtemp(join(tmpdir(), "rehearsal-"));
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, kubeconfigOf(deployment, [...eks.clusters.values()]));
  const { AWS_REGION = "", AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } = variablesOf("reader");
  return {
    ...deployment,
    kubeconfig,
    variables: {
      KUBECONFIG: kubeconfig,
      AWS_ENDPOINT_URL: url,
      AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
      AWS_REGION,
      AWS_DEFAULT_REGION: AWS_REGION,
      AWS_ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY,
    },
    close: async () => {
      stopControllers();
      await Promise.all([deployment.close(), rm(folder, { recursive: true })]);
    },
  };
}

/** Says how to ask it, and serves until somebody interrupts. */
export async function rehearse(): Promise<void> {
  const rehearsal = await openRehearsal();
  const { operationDelayMs } = defaultOptions();
  rehearsal.cloudMap.options.operationDelayMs = operationDelayMs;
  Object.assign(rehearsal.kubernetes.options, LIFELIKE);
  console.log(`The account and the cluster of a team that leaves App Mesh, both emulated here. In another terminal, in this folder:

${Object.entries(rehearsal.variables)
  .map(([name, value]) => `  export ${name}=${value}`)
  .join("\n")}

Then follow docs/migrate-from-app-mesh.md as it is written. In place of \`npx cdk deploy\`: stack ${STACK} is there, with \`dry.yaml\`; deploying
another document is \`aws ssm put-parameter --name /sync/configuration --overwrite --value file://sync.yaml\`. Nothing wakes its functions but
\`npm run -s cli -- resync --stack ${STACK}\`; rights are kept and not enforced.

Control-C ends it.`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await rehearsal.close();
}

/** Both ways in: the tokens of EKS, and one for kubectl, which has no credentials here. */
function kubeconfigOf(
  { kubernetes }: Deployment,
  clusters: readonly { endpoint?: string | undefined; ca?: string | undefined }[],
) {
  const [{ endpoint = "", ca = "" } = {}] = clusters;
  const { tokens } = kubernetes.options;
  kubernetes.options.tokens = (token) =>
    token === "rehearsal" ? "admin" : typeof tokens === "function" ? tokens(token) : undefined;
  const cluster = { server: endpoint, "certificate-authority-data": Buffer.from(ca).toString("base64") };
  return kubeconfigFor(cluster, { token: "rehearsal" }, { name: "prod", namespace: NAMESPACE });
}

/** The walkthrough as App Mesh's controller of v1beta2 has it: a Mesh, the namespace that it selects, VirtualNodes, gates, webhooks. */
function loadMesh(kubernetes: KubernetesWorld): void {
  kubernetes.serve(meshesV1beta2, ...keptKinds);
  kubernetes.put(meshObject({ name: walkthrough.mesh }));
  const labels = { mesh: walkthrough.mesh };
  kubernetes.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels } });
  loadWalkthrough(kubernetes, "v1beta2");
  for (const { metadata } of kubernetes.list("VirtualNode"))
    kubernetes.patch({ kind: "VirtualNode", name: metadata.name, namespace: NAMESPACE }, { metadata: { finalizers } });
  for (const pod of kubernetes.list("Pod"))
    kubernetes.patch({ kind: "Pod", name: pod.metadata.name, namespace: NAMESPACE }, gated());
  const owner = "front-667ff84fd";
  kubernetes.put(
    podObject({
      name: `${owner}-x2x2x`,
      namespace: NAMESPACE,
      ip: REUSED,
      labels: { app: "front", version: "v1" },
      owner,
      ready: false,
      readinessGates: [GATE],
      conditions: [{ type: "ContainersReady", status: "True" }],
    }),
  );
  const controllers = `${CONTROLLER.name}-7d9c5b8f4`;
  kubernetes.put(podObject({ ...CONTROLLER, name: `${controllers}-q2w3e`, owner: controllers, ip: "192.168.34.20" }));
  const hook = { name: CONTROLLER.name, labels: CONTROLLER.labels };
  for (const kind of ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"])
    kubernetes.put({ apiVersion: "admissionregistration.k8s.io/v1", kind, metadata: hook });
}

/** As its webhook has made it; the controller, which still runs, has set the condition. */
function gated(): Readonly<Record<string, unknown>> {
  return { spec: { readinessGates: [{ conditionType: GATE }] } };
}

/** What the controller has registered: living pods, one that is gone, and one whose address another pod has by now. */
function registerAsController({ cloudMap, namespace }: Deployment): void {
  const services = new Map(["colorapp", "front"].map((name) => [name, seedService(cloudMap, namespace, { name })]));
  const nodes = walkthrough.virtualNodes.flatMap(({ name, podSelector, cloudMap: { serviceName } }) => {
    const service = services.get(serviceName);
    return service === undefined ? [] : [{ name, selector: podSelector, service }];
  });
  actAsController(cloudMap, NAMESPACE, nodes, walkthrough.pods);
  const front = services.get("front");
  if (front === undefined) throw new Error("the walkthrough has no service front");
  for (const [ip, pod] of [
    [STALE, "front-667ff84fd-gone1"],
    [REUSED, "front-667ff84fd-gone2"],
  ] as const)
    seedInstance(cloudMap, front, ip, {
      AWS_INSTANCE_IPV4: ip,
      app: "front",
      version: "v1",
      "k8s.io/namespace": NAMESPACE,
      "k8s.io/pod": pod,
      "appmesh.k8s.aws/mesh": walkthrough.mesh,
      "appmesh.k8s.aws/virtualNode": `front_${NAMESPACE}`,
    });
}
