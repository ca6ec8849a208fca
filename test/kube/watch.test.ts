import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { restartApiServer, signalApiServer } from "../support/api-server.ts";
import { missingParts, startControlPlane } from "../support/control-plane.ts";
import type { ControlPlane } from "../support/control-plane.ts";
import { startFollowing } from "../support/following.ts";
import type { Following } from "../support/following.ts";
import { openProxy } from "../support/proxy.ts";
import type { Proxy } from "../support/proxy.ts";
import { openCloudMapStage } from "../support/stage.ts";
import type { CloudMapStage } from "../support/stage.ts";
import { walkthrough } from "../support/walkthrough.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

const WAIT = { timeout: 90_000, interval: 250 };
const DOCUMENT = `cluster: test
owner: me
namespaces: [${walkthrough.cloudMapNamespace.name}]
mappings: [{ service: web, pods: { namespace: shop, selector: app=web } }]
`;

/** How client-node's Watch is known to fail, each on a real API server. No pass is made but the watch's own. */
describe.skipIf(missing !== undefined)("the watch on a real control plane", () => {
  let plane: ControlPlane;
  let proxy: Proxy;
  let stage: CloudMapStage;
  let kubeconfig: string;
  let following: Following;

  beforeAll(async () => {
    plane = await startControlPlane({ slow: true });
    const direct = await readFile(plane.kubeconfig, "utf8");
    const port = /127\.0\.0\.1:(\d+)/.exec(direct)?.[1] ?? "";
    proxy = await openProxy(Number(port));
    kubeconfig = `${plane.kubeconfig}-proxied`;
    await writeFile(kubeconfig, direct.replace(`127.0.0.1:${port}`, `127.0.0.1:${proxy.port}`));
    await plane.kubectl(["create", "namespace", "shop"]);
    stage = await openCloudMapStage(plane.kubeconfig, DOCUMENT);
  });

  afterEach(async () => {
    await following?.stop().catch(() => {});
    await plane.kubectl(["-n", "shop", "delete", "deployments,pods", "--all", "--force", "--grace-period=0"]);
  });

  afterAll(async () => {
    await Promise.all([stage?.close(), proxy?.close(), plane?.stop()]);
  });

  test("follows pods that come, change and go", async () => {
    await start();
    await run("web-1", "web-2");
    await expectMirrored(2);
    await plane.kubectl(["-n", "shop", "label", "pod", "web-1", "app=other", "--overwrite"]);
    await expectMirrored(1);
    await plane.kubectl(["-n", "shop", "delete", "pod", "web-2", "--wait=false"]);
    await expectMirrored(0);
  });

  test("a rolling Deployment of 50 pods is followed through a restart of the API server", async () => {
    await plane.kubectl(["-n", "shop", "create", "deployment", "web", "--image=web:1", "--replicas=50"]);
    await rolledOut();
    await start();
    await stage.pass();
    await plane.kubectl(["-n", "shop", "set", "image", "deployment/web", "*=web:2"]);
    await sleep(3_000);
    await signalApiServer(plane, "SIGKILL");
    await restartApiServer(plane);
    await rolledOut();
    await expectMirrored(50);
    const { failures } = await following.stop();
    expect(failures).toBeLessThan(following.reports.length);
  });

  test("an API server that is killed loses nothing", async () => {
    await run("stays", "goes");
    await start();
    await signalApiServer(plane, "SIGKILL");
    await expect.poll(() => following.lines.join("\n"), WAIT).toContain("after a failure");
    await restartApiServer(plane);
    await remove("goes");
    await run("comes");
    await expectMirrored(2);
    expect(following.changes).toEqual(expect.arrayContaining(["shop/goes", "shop/comes"]));
  });

  test("an API server that is restarted in good order loses nothing", async () => {
    await run("stays", "goes");
    await start();
    const restarted = restartApiServer(plane);
    await sleep(500);
    await restarted;
    await remove("goes");
    await run("comes");
    await expectMirrored(2);
    expect(following.changes).toEqual(expect.arrayContaining(["shop/goes", "shop/comes"]));
  });

  test("an API server that hangs is left after 30 s, and taken up again", async () => {
    await run("stays", "goes");
    await start();
    await signalApiServer(plane, "SIGSTOP");
    await sleep(35_000);
    await signalApiServer(plane, "SIGCONT");
    await remove("goes");
    await expectMirrored(1);
    expect((await following.stop()).reconnects).toBeGreaterThan(0);
  });

  test("a connection that falls silent while pods change is left after 30 s, and nothing is missed", async () => {
    await run("stays", "goes");
    await start();
    proxy.silence();
    await remove("goes");
    await expectMirrored(1);
    expect((await following.stop()).reconnects).toBeGreaterThan(0);
  });

  test("what changed while the watch was away and the server forgot is found: also a pod replaced under its name", async () => {
    await run("stays", "goes", "replaced");
    await start();
    proxy.cut();
    await remove("goes", "replaced");
    await run("replaced", "comes");
    await compact();
    await signalApiServer(plane, "SIGKILL");
    await restartApiServer(plane);
    const before = following.changes.length;
    proxy.mend();
    await expectMirrored(3);
    expect(following.lines.join("\n")).toContain("the pods are listed again");
    expect(following.changes.slice(before).toSorted()).toEqual(["shop/comes", "shop/goes", "shop/replaced"]);
  });

  test("without the right to watch it tries to the end, and then says which right", async () => {
    const file = `${plane.kubeconfig}-nobody`;
    await writeFile(file, (await readFile(plane.kubeconfig, "utf8")).replace("token: ", "as: nobody, token: "));
    await plane.kubectl(["create", "clusterrole", "namespaces", "--verb=list", "--resource=namespaces"]);
    await plane.kubectl(["create", "clusterrolebinding", "nobody", "--clusterrole=namespaces", "--user=nobody"]);
    following = startFollowing({ document: DOCUMENT, kubeconfig: file, cloudMapUrl: stage.cloudMapUrl });
    await expect.poll(() => following?.lines.join(), WAIT).toContain("is forbidden");
    await expect(following.stop()).rejects.toThrow(/pods is forbidden.*"nobody" cannot list.*infra\/rbac\.yaml/);
  });

  /** Until it sees what happens. */
  async function start(): Promise<void> {
    await stage.pass();
    following = startFollowing({ document: DOCUMENT, kubeconfig, cloudMapUrl: stage.cloudMapUrl });
    await plane.kubectl(["-n", "default", "run", "probe", "--image=probe"]);
    await expect.poll(() => following.changes, WAIT).toContain("default/probe");
    await plane.kubectl(["-n", "default", "delete", "pod", "probe", "--force", "--grace-period=0"]);
    await expect.poll(() => following.changes, WAIT).toHaveLength(2);
  }

  async function run(...names: readonly string[]): Promise<void> {
    const items = names.map((name) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { namespace: "shop", name, labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web" }] },
    }));
    await plane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    await plane.kubectl(["-n", "shop", "wait", "--for=condition=Ready", "--timeout=60s", "pod", ...names]);
  }

  /** At once, as if its node had gone. */
  async function remove(...names: readonly string[]): Promise<void> {
    await plane.kubectl(["-n", "shop", "delete", "pod", ...names, "--force", "--grace-period=0"]);
  }

  async function rolledOut(): Promise<void> {
    await plane.kubectl(["-n", "shop", "rollout", "status", "deployment/web", "--timeout=120s"]);
  }

  /** Makes etcd forget all history, through its gateway for HTTP. */
  async function compact(): Promise<void> {
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(await readFile(plane.kubeconfig, "utf8"))?.[1]) + 10_000;
    const post = async (path: string, body: object) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body: JSON.stringify(body) });
      return (await answer.json()) as { readonly header: { readonly revision: string } };
    };
    const { header } = await post("/v3/kv/range", { key: Buffer.from("a").toString("base64") });
    await post("/v3/kv/compaction", { revision: header.revision, physical: true });
  }

  /** Cloud Map holds exactly the pods that are ready and stay, each under its own name. */
  async function expectMirrored(count: number): Promise<void> {
    await expect
      .poll(async () => {
        const pods = await readyPods();
        const held = await stage.discover("web");
        const told = held.map(({ InstanceId, Attributes }) => `${InstanceId} ${Attributes?.["k8s.io/pod"]}`);
        return { isSame: told.toSorted().join() === pods.join(), pods: pods.length };
      }, WAIT)
      .toEqual({ isSame: true, pods: count });
  }

  async function readyPods(): Promise<readonly string[]> {
    const path =
      '{range .items[*]}{.status.podIP} {.metadata.name} {.metadata.deletionTimestamp} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
    const text = await plane.kubectl(["-n", "shop", "get", "pods", "-l", "app=web", "-o", `jsonpath=${path}`]);
    return text
      .split("\n")
      .map((line) => line.split(" "))
      .flatMap(([ip, name, deleted, ready]) => (deleted === "" && ready === "True" ? [`${ip} ${name}`] : []))
      .toSorted();
  }
});
