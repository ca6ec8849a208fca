import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { ControlPlane } from "./control-plane.ts";

const run = promisify(execFile);
const RESTART = new URL("kube/kube-restart", import.meta.url).pathname;

/** Signals the API server of a control plane by its process id, as a fault. */
export async function signalApiServer(
  { kubeconfig }: ControlPlane,
  signal: "SIGKILL" | "SIGSTOP" | "SIGCONT",
): Promise<void> {
  const id = await readFile(join(dirname(kubeconfig), "run", "kube-apiserver.pid"), "utf8");
  process.kill(Number(id), signal);
}

/** Ends it in good order, if it runs, and starts it again; ready when this returns. */
export async function restartApiServer(plane: ControlPlane): Promise<void> {
  const env = { ...process.env, KUBE_ASSETS_DIR: process.env["KUBEBUILDER_ASSETS"] };
  await run(RESTART, [dirname(plane.kubeconfig), "kube-apiserver"], { env });
  while (!(await isReady(plane))) await sleep(100);
}

function isReady({ kubectl }: ControlPlane): Promise<boolean> {
  return kubectl(["get", "--raw", "/readyz"]).then(
    () => true,
    () => false,
  );
}
