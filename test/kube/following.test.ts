import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingParts, startControlPlane } from "../support/control-plane.ts";
import type { ControlPlane } from "../support/control-plane.ts";
import { openCloudMapStage } from "../support/stage.ts";
import type { CloudMapStage } from "../support/stage.ts";
import { walkthrough } from "../support/walkthrough.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

const WAIT = { timeout: 60_000, interval: 100 };
const [, MANIFEST = ""] =
  /```yaml\n(apiVersion: v1\nkind: ServiceAccount[\s\S]*?)```/.exec(readFileSync("docs/without-lambda.md", "utf8")) ??
  [];
const DOCUMENT = `cluster: test
owner: me
namespaces: [${walkthrough.cloudMapNamespace.name}]
mappings: [{ service: web, pods: { namespace: shop, selector: app=web } }]
`;

describe.skipIf(missing !== undefined)("apply --follow on a real control plane", () => {
  let plane: ControlPlane;
  let stage: CloudMapStage;

  beforeAll(async () => {
    plane = await startControlPlane();
    await plane.kubectl(["create", "namespace", "shop"]);
    stage = await openCloudMapStage(plane.kubeconfig, DOCUMENT);
  });

  afterAll(async () => {
    await Promise.all([stage?.close(), plane?.stop()]);
  });

  test("with the documented manifest's service account it follows a Deployment, and ends at SIGTERM", async () => {
    await plane.kubectl(["apply", "-f", "infra/rbac.yaml"]);
    await plane.kubectl(["apply", "-f", "-"], MANIFEST);
    const { child, output } = start(await kubeconfigOfServiceAccount());
    await expect.poll(output, WAIT).toContain("following the pods");
    await plane.kubectl(["-n", "shop", "create", "deployment", "web", "--image=web:1", "--replicas=3"]);
    await expect.poll(registered, WAIT).toHaveLength(3);
    await plane.kubectl(["-n", "shop", "scale", "deployment", "web", "--replicas=1"]);
    await expect.poll(registered, WAIT).toHaveLength(1);
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number | null];
    expect(output()).toMatch(/ended\n$/);
    expect(output()).not.toMatch(/warn:|error:/);
    expect(code).toBe(0);
  });

  /** As the pod finds it: a token in a file, and the cluster's certificate. */
  async function kubeconfigOfServiceAccount(): Promise<string> {
    const token = await plane.kubectl(["-n", "kube-system", "create", "token", "eks-cloudmap-sync"]);
    const tokenFile = `${plane.kubeconfig}-token`;
    await writeFile(tokenFile, token);
    const file = `${plane.kubeconfig}-service-account`;
    const own = await readFile(plane.kubeconfig, "utf8");
    await writeFile(file, own.replace(/token: \S+?(?=[,\s}]|$)/m, `tokenFile: ${tokenFile}`));
    return file;
  }

  function start(kubeconfig: string) {
    const said: string[] = [];
    const args = ["functions/cli/main.ts", "apply", "--follow", "--config", "-", "--kubeconfig", kubeconfig];
    const child = spawn(process.execPath, args, {
      env: {
        PATH: process.env["PATH"],
        AWS_REGION: "us-west-2",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_ENDPOINT_URL_SERVICEDISCOVERY: stage.cloudMapUrl,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    child.stdin.end(DOCUMENT);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => said.push(text));
    return { child, output: () => said.join("") };
  }

  function registered(): readonly string[] {
    return [...stage.cloudMap.services.values()].flatMap(({ instances }) => [...instances.keys()]);
  }
});
