import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import type { ApiServer } from "./api-proxy.ts";
import { freePort } from "./ports.ts";
import { missingProgram } from "./programs.ts";

const run = promisify(execFile);
/** kube-up takes these ports too, counted from the API server's. */
const NEIGHBOURS = [1, 2, 10_000, 10_001];
const ETCD = 10_000;
const SCRIPTS = new URL("kube/", import.meta.url).pathname;

/** A real etcd, kube-apiserver, controllers and scheduler on loopback, with nodes that kwok plays. */
export type ControlPlane = {
  /** The path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly server: ApiServer;
  /** Runs kubectl, with `input` as its standard input; throws with what it said on standard error. */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
  /** Makes etcd forget all history, as the API server has it do every five minutes. */
  readonly compact: () => Promise<void>;
  /** May be called again. */
  readonly stop: () => Promise<void>;
};

/** Why the tier cannot run here; undefined where it can. In CI, where nothing may be skipped, that is an error. */
export function missingParts(): string | undefined {
  const assets = process.env["KUBEBUILDER_ASSETS"];
  const kubectl = missingProgram("kubectl", "install it");
  if (kubectl !== undefined) return kubectl;
  const missing =
    assets === undefined
      ? "KUBEBUILDER_ASSETS is not set"
      : ["kube-apiserver", "etcd", "kube-controller-manager", "kube-scheduler", "kwok"]
          .filter((program) => !existsSync(join(assets, program)))
          .map((program) => `${assets} lacks ${program}`)
          .at(0);
  if (missing === undefined) return undefined;
  const sentence = `skipped, ${missing}: set KUBEBUILDER_ASSETS=$(test/support/kube/kube-assets)`;
  if (process.env["CI"] === "true") throw new Error(sentence);
  return sentence;
}

/** `slow`: pods take a second to Ready and 40 s to go, so that no IP is used again soon; else both come at once. */
export async function startControlPlane({ slow = false } = {}): Promise<ControlPlane> {
  const dir = await mkdtemp(join(tmpdir(), "control-plane-"));
  const port = await freePort(NEIGHBOURS);
  const env = {
    ...process.env,
    KUBE_ASSETS_DIR: process.env["KUBEBUILDER_ASSETS"],
    ...(slow ? { KWOK_STAGES: join(SCRIPTS, "stages-slow.yaml") } : {}),
  };
  const end = async () => {
    await run(join(SCRIPTS, "kube-down"), [dir]);
    // The programs write until they have ended.
    await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  };
  let ending: Promise<void> | undefined;
  const stop = () => (ending ??= end());
  await run(join(SCRIPTS, "kube-up"), [dir, String(port)], { env }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const kubeconfig = join(dir, "kubeconfig");
  return {
    kubeconfig,
    server: await serverOf(kubeconfig),
    kubectl: async (args, input) => {
      const child = run("kubectl", ["--kubeconfig", kubeconfig, ...args], { maxBuffer: 64 * 1024 * 1024 });
      if (input !== undefined) child.child.stdin?.end(input);
      return (await child).stdout;
    },
    compact: () => compactEtcd(`http://127.0.0.1:${port + ETCD}`),
    stop,
  };
}

async function serverOf(kubeconfig: string): Promise<ApiServer> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const { server, caFile } = config.getCurrentCluster() ?? {};
  const token = config.getCurrentUser()?.token;
  if (server === undefined || caFile === undefined || token === undefined)
    throw new Error(`${kubeconfig} is not as kube-up writes it`);
  return { url: server, token, ca: await readFile(caFile, "utf8") };
}

/** Through etcd's JSON gateway. The key tells the API server, which then drops its own snapshots within 15 s. */
async function compactEtcd(url: string): Promise<void> {
  const call = async (path: string, body: object) => {
    const response = await fetch(`${url}/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd: ${await response.text()}`);
    return (await response.json()) as { readonly header: { readonly revision: string } };
  };
  const { header } = await call("maintenance/status", {});
  await call("kv/put", { key: btoa("compact_rev_key"), value: btoa(header.revision) });
  await call("kv/compaction", { revision: header.revision, physical: true });
}
