import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateHttpNamespaceCommand, DiscoverInstancesCommand } from "@aws-sdk/client-servicediscovery";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reconcile } from "../../functions/core/reconcile.ts";
import type { Report } from "../../functions/core/report.ts";
import { composeWorld } from "../../functions/runtime/compose.ts";
import { parseConfiguration } from "../../functions/runtime/configuration/document.ts";
import { parseEnvironment } from "../../functions/runtime/configuration/environment.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";
import { request } from "../support/builders.ts";
import { startMoto } from "../support/moto.ts";
import type { Moto } from "../support/moto.ts";
import { missingProgram } from "../support/programs.ts";

const missing = missingProgram("moto_server", "pip install 'moto[server]==5.2.5'");
if (missing !== undefined) console.log(missing);

const DOCUMENT = `cluster: shop
owner: shop
namespaces: [shop]
mappings: [{ service: web, pods: { namespace: shop, selector: app=web }, port: 8080 }]
`;

describe.skipIf(missing !== undefined)("production's composition between pods and moto's Cloud Map", () => {
  const kubernetes = createKubernetes();
  const put = (name: string, ip: string) =>
    kubernetes.put(podObject({ namespace: "shop", name, ip, labels: { app: "web" } }));
  let moto: Moto;
  let pass: () => Promise<Report>;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    moto = await startMoto();
    await moto.client.send(new CreateHttpNamespaceCommand({ Name: "shop" }));
    const apiServer = await serve(kubernetesHandler(kubernetes));
    const folder = await mkdtemp(join(tmpdir(), "pass-"));
    closing.push(apiServer.close, () => rm(folder, { recursive: true }));
    const file = join(folder, "kubeconfig");
    await writeFile(file, kubeconfigFor(apiServer.url));
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" });
    const world = await composeWorld({
      configuration: parseConfiguration(DOCUMENT, "the test's document"),
      access: { kind: "kubeconfig", file },
      environment: parseEnvironment({ AWS_REGION: "us-west-2", AWS_ENDPOINT_URL_SERVICEDISCOVERY: moto.url }),
    });
    pass = () => reconcile(request({ deadline: Date.now() + 60_000 }), world);
  });
  afterAll(async () => {
    moto?.stop();
    await Promise.all(closing.map((close) => close()));
  });

  test("pods are registered in a service that is created for them, and a second pass finds nothing to do", async () => {
    put("web-1", "10.0.0.1");
    put("web-2", "10.0.0.2");
    expect(changesOf(await pass())).toEqual(["register 10.0.0.1 missing", "register 10.0.0.2 missing"]);
    expect(changesOf(await pass())).toEqual([]);
    const asked = { NamespaceName: "shop", ServiceName: "web", QueryParameters: { "k8s.io/pod": "web-2" } };
    const { Instances } = await moto.client.send(new DiscoverInstancesCommand(asked));
    expect(Instances).toMatchObject([{ InstanceId: "10.0.0.2", Attributes: { AWS_INSTANCE_PORT: "8080" } }]);
  });

  test("a pod that is replaced goes, and its successor comes", async () => {
    kubernetes.remove({ kind: "Pod", namespace: "shop", name: "web-1" });
    put("web-3", "10.0.0.3");
    expect(changesOf(await pass())).toEqual(["deregister 10.0.0.1 pod-gone", "register 10.0.0.3 missing"]);
    expect(changesOf(await pass())).toEqual([]);
  });
});

function changesOf({ ok, services, errors }: Report): readonly string[] {
  const changes = services.flatMap((service) =>
    service.changes.map(({ kind, id, reason }) => `${kind} ${id} ${reason}`),
  );
  return ok ? changes : [...changes, ...errors, "failed"];
}

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    clusters: [{ name: "test", cluster: { server } }],
    users: [{ name: "test", user: {} }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
  });
}
