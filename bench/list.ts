import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { podObject } from "../test/emulators/kubernetes/workloads.ts";
import { serve } from "../test/emulators/serve.ts";
import { kubeconfigFor } from "../test/support/kubeconfig.ts";
import type { Listed } from "./list-pods.ts";

const PODS = 10_000;
const PAGE = 500;
/** What a real pod measures as JSON, in bytes: managed fields, volumes and environment that nothing here reads. */
const POD_BYTES = 7_000;

/** A list of 10,000 pods by a process of its own. The pages are made before, so that the server costs next to nothing. */
export async function measureList(): Promise<string> {
  const pages = makePages();
  const server = await serve((request) => {
    const at = Number(new URL(request.url).searchParams.get("continue") ?? "0");
    return Promise.resolve(new Response(pages[at], { headers: { "content-type": "application/json" } }));
  });
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  try {
    const kubeconfig = join(folder, "kubeconfig");
    await writeFile(kubeconfig, kubeconfigFor(server.url, {}));
    const ours = await listIn("projected");
    const typed = await listIn("typed");
    const megabytes = pages.reduce((sum, page) => sum + page.length, 0) / 1e6;
    return [
      `${ours.pods} pods, ${megabytes.toFixed(0)} MB of JSON in pages of ${PAGE}`,
      `  ours:                       ${told(ours)}`,
      `  client-node's typed lists:  ${told(typed)}`,
      `  time × ${(ours.milliseconds / typed.milliseconds).toFixed(2)}, memory × ${(ours.peak / typed.peak).toFixed(2)}`,
    ].join("\n");

    async function listIn(way: "projected" | "typed"): Promise<Listed> {
      const { stdout } = await promisify(execFile)(process.execPath, ["bench/list-pods.ts", kubeconfig, way]);
      return JSON.parse(stdout) as Listed;
    }
  } finally {
    await Promise.all([server.close(), rm(folder, { recursive: true })]);
  }
}

function told({ milliseconds, before, peak }: Listed): string {
  return `${(milliseconds / 1000).toFixed(2)} s, ${peak.toFixed(0)} MB at its peak (${before.toFixed(0)} MB before the list)`;
}

function makePages(): readonly string[] {
  return Array.from({ length: PODS / PAGE }, (_, page) => {
    const items = Array.from({ length: PAGE }, (_item, index) => heavyPod(page * PAGE + index));
    const metadata = page + 1 < PODS / PAGE ? { continue: String(page + 1) } : {};
    return JSON.stringify({ kind: "PodList", apiVersion: "v1", metadata, items });
  });
}

function heavyPod(index: number): object {
  const ip = `10.${Math.floor(index / 65_536)}.${Math.floor(index / 256) % 256}.${index % 256}`;
  const pod = podObject({ name: `web-${index}`, namespace: "farm", ip, labels: { app: "web" } });
  const missing = Math.max(0, POD_BYTES - JSON.stringify(pod).length);
  const entry = { manager: "kubelet", operation: "Update", fieldsV1: { "f:status": { "f:phase": {} } } };
  const managedFields = Array.from({ length: Math.ceil(missing / JSON.stringify(entry).length) }, () => entry);
  return { ...pod, metadata: { ...pod.metadata, managedFields } };
}
