import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import type { Listed } from "../../bench/list-pods.ts";
import { createKubernetes as createAdapter } from "../../functions/kubernetes/cluster.ts";
import { createConnection } from "../../functions/kubernetes/connection.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";
import { kubeconfigFor } from "../support/kubeconfig.ts";

/** What the smallest function that lists pods has. */
const MOST_MEGABYTES = 384;

test.each([
  [100, 250_000],
  [3, 9_000_000],
])("%s pods of %s bytes each are one page, read whole", async (count, bytes) => {
  const { world, url } = await open(count, bytes);
  const { listPods } = createAdapter(createConnection({ server: new URL(url) }));
  const [read] = (await listPods([{ namespace: "farm", labelSelector: "" }], Infinity)).values();
  expect(read).toMatchObject({ value: expect.objectContaining({ length: count }) });
  expect(world.log.map(({ query }) => query["limit"])).toEqual(["500"]);
});

test("300 pods with 250 KB of labels each take little of a function's memory", async () => {
  const { url } = await open(300, 250_000);
  const folder = await mkdtemp(join(tmpdir(), "large-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, kubeconfigFor(url, {}));
  const { stdout } = await promisify(execFile)("node", ["bench/list-pods.ts", kubeconfig, "projected"]);
  const { pods, peak } = JSON.parse(stdout) as Listed;
  expect(pods).toBe(300);
  expect(peak).toBeLessThan(MOST_MEGABYTES);
});

/** So many pods, each with labels of so many bytes in all. */
async function open(count: number, bytes: number) {
  const world = createKubernetes();
  for (let n = 0; n < count; n++) {
    // No two pods have a key in common, which would be kept once.
    const labels = Object.fromEntries(
      Array.from({ length: bytes / 100 }, (_, index) => [
        `team-${n}-${index}`.padEnd(40, "x"),
        String(index).padStart(55, "v"),
      ]),
    );
    world.put(podObject({ namespace: "farm", name: `web-${n}`, ip: `10.0.${n >> 8}.${n & 255}`, labels }));
  }
  const server = await serve(kubernetesHandler(world));
  onTestFinished(server.close);
  return { world, url: server.url };
}
