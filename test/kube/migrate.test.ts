import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { actAsController, serveWebhook } from "../support/app-mesh-controller.ts";
import { missingParts } from "../support/control-plane.ts";
import { openReader, readGuide } from "../support/guide.ts";
import type { Step } from "../support/guide.ts";
import { addressesAreFree, exchangePod, openCluster } from "./fixture.ts";
import type { Cluster, SeenPod } from "./fixture.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

const NAMESPACE = "howto-k8s-cloudmap";
const CONTROLLER = "appmesh-controller";
/** What it left of a VirtualNode that was deleted while it did not run. */
const LEFT = "192.168.250.250";
const NODES = [
  { name: "colorapp-blue", selector: { app: "colorapp", version: "blue" }, service: "colorapp" },
  { name: "colorapp-red", selector: { app: "colorapp", version: "red" }, service: "colorapp" },
  { name: "front", selector: { app: "front" }, service: "front" },
];
const manifest = (name: string) => readFileSync(`test/support/manifests/${name}.yaml`, "utf8");

describe.skipIf(missing !== undefined)("docs/migrate-from-app-mesh.md, followed on a real control plane", () => {
  const steps = readGuide("docs/migrate-from-app-mesh.md");
  let cluster: Cluster;
  let reader: Awaited<ReturnType<typeof openReader>>;
  let webhook: Awaited<ReturnType<typeof serveWebhook>>;
  let controllerServices: readonly { readonly name: string; readonly id: string }[];

  beforeAll(async () => {
    [cluster, webhook] = await Promise.all([openCluster({ manifest: manifest("crds") }), serveWebhook()]);
    await cluster.kubectl("wait", "--for=condition=established", "crd", "--all", "--timeout=60s");
    await cluster.apply(controllerManifest(webhook));
    await cluster.settled("appmesh-system", 1);
    await cluster.apply(manifest("walkthrough").replace("labels: {", "labels: { meshed: here,"));
    for (const { name } of NODES)
      await cluster.kubectl("-n", NAMESPACE, "patch", "virtualnode", name, "--type=merge", "-p", FINALIZERS);
    const [namespace] = cluster.stage.cloudMap.namespaces.values();
    if (namespace === undefined) throw new Error("Cloud Map has no namespace");
    controllerServices = ["colorapp", "front"].map((name) => seedService(cluster.stage.cloudMap, namespace, { name }));
    const [colorapp] = cluster.stage.cloudMap.services.values();
    if (colorapp !== undefined) seedInstance(cluster.stage.cloudMap, colorapp, LEFT, leftBehind(LEFT));
    reader = await openReader(cluster.kubeconfig, {
      AWS_REGION: "us-west-2",
      AWS_ACCESS_KEY_ID: "demo",
      AWS_SECRET_ACCESS_KEY: "demo",
      AWS_ENDPOINT_URL_SERVICEDISCOVERY: cluster.stage.cloudMapUrl,
      AWS_ENDPOINT_URL_EKS: "http://127.0.0.1:9",
      AWS_MAX_ATTEMPTS: "1",
    });
    await cluster.settled(NAMESPACE, 3);
    await live();
  });
  afterAll(async () => {
    await Promise.all([reader?.close(), webhook?.close()]);
    await cluster?.close();
  });

  test("has the steps that are followed here", () => {
    expect(steps.map(({ title }) => title.slice(0, 2))).toEqual(["1.", "2.", "3.", "4.", "5.", "6.", "7."]);
  });

  test.each(steps.map((step, index) => [step.title, step, index + 1] as const))(
    "%s: pods come and go, and discovery answers with every living one",
    async (_title, step: Step, number) => {
      await reader.follow(step);
      // Its webhooks are served by the controller's own pods.
      if (!(await isControllerRunning())) await webhook.close();
      await addressesAreFree();
      await exchangePod(cluster.kubectl, NAMESPACE, "colorapp-blue", live);
      const living = (await live()).map(({ ip }) => ip);
      const discovered = await addressesOf();
      expect(discovered).toEqual(expect.arrayContaining(living));
      expect(discovered.filter((ip) => !living.includes(ip))).toEqual(number < 4 ? [LEFT] : []);
    },
  );

  test("leaves nothing of App Mesh behind, and no drift", async () => {
    expect(await cluster.kubectl("get", "virtualnodes", "-A", "-o", "name")).toBe("");
    const gates = "{range .items[?(@.spec.readinessGates)]}{.metadata.name} {end}";
    expect(await cluster.kubectl("-n", NAMESPACE, "get", "pods", "-o", `jsonpath=${gates}`)).toBe("");
    await reader.run("npm run -s cli -- plan --config sync.yaml --exit-code");
  });

  async function isControllerRunning(): Promise<boolean> {
    const running = await cluster.kubectl("-n", "appmesh-system", "get", "pods", "-o", "name");
    return running !== "";
  }

  /** The pods, once whoever is in charge has seen to them: the controller while it runs, then the schedule. */
  async function live(): Promise<readonly SeenPod[]> {
    const pods = await cluster.settled(NAMESPACE, await wantedPods());
    if (!(await isControllerRunning())) await reader.run("npm run -s cli -- apply --config sync.yaml");
    else {
      const { cloudMap } = cluster.stage;
      const nodes = NODES.flatMap(({ service, ...node }) =>
        [...cloudMap.services.values()]
          .filter(({ name }) => name === service)
          .map((held) => ({ ...node, service: held })),
      );
      actAsController(cloudMap, NAMESPACE, nodes, pods);
    }
    return pods;
  }

  async function wantedPods(): Promise<number> {
    const replicas = await cluster.kubectl(
      "-n",
      NAMESPACE,
      "get",
      "deployments",
      "-o",
      "jsonpath={.items[*].spec.replicas}",
    );
    return replicas.split(" ").reduce((sum, count) => sum + Number(count), 0);
  }

  async function addressesOf(): Promise<readonly string[]> {
    const answers = await Promise.all(controllerServices.map(({ name }) => cluster.stage.discover(name)));
    return answers.flatMap((found) => found.map(({ InstanceId = "" }) => InstanceId)).toSorted();
  }
});

const FINALIZERS = JSON.stringify({
  metadata: {
    finalizers: [
      "finalizers.appmesh.k8s.aws/aws-appmesh-resources",
      "finalizers.appmesh.k8s.aws/aws-cloudmap-resources",
    ],
  },
});

function leftBehind(ip: string) {
  return {
    AWS_INSTANCE_IPV4: ip,
    app: "colorapp",
    "k8s.io/namespace": NAMESPACE,
    "k8s.io/pod": "colorapp-old-1",
    "appmesh.k8s.aws/mesh": NAMESPACE,
    "appmesh.k8s.aws/virtualNode": `colorapp-old_${NAMESPACE}`,
  };
}

/** The controller as a Deployment, and its webhooks, which fail what they are not asked about. */
function controllerManifest({ url, caBundle }: { readonly url: string; readonly caBundle: string }): string {
  const labels = { "app.kubernetes.io/name": CONTROLLER };
  const rule = (apiGroups: string[], apiVersions: string[], resources: string[], operations: string[]) => ({
    clientConfig: { url, caBundle },
    failurePolicy: "Fail",
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    timeoutSeconds: 2,
    namespaceSelector: { matchLabels: { meshed: "here" } },
    rules: [{ apiGroups, apiVersions, resources, operations }],
  });
  return JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "appmesh-system" } },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: CONTROLLER, namespace: "appmesh-system", labels },
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: "controller", image: "controller" }] } },
        },
      },
      {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "MutatingWebhookConfiguration",
        metadata: { name: `${CONTROLLER}-mutating-webhook-configuration`, labels },
        webhooks: [
          { name: "mpod.appmesh.k8s.aws", ...rule([""], ["v1"], ["pods"], ["CREATE"]) },
          {
            name: "mvirtualnode.appmesh.k8s.aws",
            ...rule(["appmesh.k8s.aws"], ["v1beta2"], ["virtualnodes"], ["CREATE", "UPDATE"]),
          },
        ],
      },
    ],
  });
}
