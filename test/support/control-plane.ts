import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./ports.ts";

const run = promisify(execFile);
/** kube-up takes these ports too, counted from the API server's. */
const NEIGHBOURS = [1, 2, 10_000, 10_001];
const SCRIPTS = new URL("kube/", import.meta.url).pathname;

/** A real etcd, kube-apiserver, controllers and scheduler on loopback, with nodes that kwok plays. */
export type ControlPlane = {
  /** The path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Runs kubectl, with `input` as its standard input; throws with what it said on standard error. */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
  readonly stop: () => Promise<void>;
};

/** Why the tier cannot run here; undefined where it can. In CI, where nothing may be skipped, that is an error. */
export function missingParts(): string | undefined {
  const assets = process.env["KUBEBUILDER_ASSETS"];
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

export async function startControlPlane(): Promise<ControlPlane> {
  const dir = await mkdtemp(join(tmpdir(), "control-plane-"));
  const env = { ...process.env, KUBE_ASSETS_DIR: process.env["KUBEBUILDER_ASSETS"] };
  await run(join(SCRIPTS, "kube-up"), [dir, String(await freePort(NEIGHBOURS))], { env });
  const kubeconfig = join(dir, "kubeconfig");
  return {
    kubeconfig,
    kubectl: async (args, input) => {
      const child = run("kubectl", ["--kubeconfig", kubeconfig, ...args], { maxBuffer: 64 * 1024 * 1024 });
      if (input !== undefined) child.child.stdin?.end(input);
      return (await child).stdout;
    },
    stop: async () => {
      await run(join(SCRIPTS, "kube-down"), [dir]);
      // The programs write until they have ended.
      await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
    },
  };
}
