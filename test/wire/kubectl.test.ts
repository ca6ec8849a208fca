import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { startControllers } from "../emulators/kubernetes/controllers/start.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { describeKubectl } from "../emulators/kubernetes/kubectl-contract.ts";
import { nodeObject } from "../emulators/kubernetes/workloads.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";
import { kubeconfigFor } from "../support/kubeconfig.ts";
import { runKubectl } from "../support/kubectl.ts";
import { missingProgram } from "../support/programs.ts";

const missing = missingProgram("kubectl", "install it");
if (missing !== undefined) console.log(missing);

describe.skipIf(missing !== undefined)("kubectl with the emulated API server", () => {
  describeKubectl(async () => {
    const world = createKubernetes({ podStartMs: 100, deletionGracePeriodMs: 100 });
    for (const name of ["node-1", "node-2"]) world.put(nodeObject({ name }));
    const stop = startControllers(world);
    const server = await serve(kubernetesHandler(world));
    const folder = await mkdtemp(join(tmpdir(), "kubectl-"));
    const kubeconfig = join(folder, "kubeconfig");
    await writeFile(kubeconfig, kubeconfigFor(server.url));
    return {
      kubectl: (args, input) =>
        runKubectl(["--kubeconfig", kubeconfig, "--cache-dir", join(folder, "cache"), ...args], input),
      close: async () => {
        stop();
        await Promise.all([server.close(), rm(folder, { recursive: true })]);
      },
    };
  });
});
