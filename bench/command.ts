import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Stage } from "../test/support/stage.ts";

export type Timed = { readonly seconds: number; readonly calls: readonly string[]; readonly throttled: number };

/** `apply` as a process of its own, from its start to its end, and the calls that Cloud Map saw meanwhile. */
export async function timeApply({ cloudMap, cloudMapUrl, config, kubeconfig }: Stage): Promise<Timed> {
  const before = cloudMap.calls.length;
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    ["functions/cli/main.ts", "apply", "--config", config, "--kubeconfig", kubeconfig],
    {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, AWS_ENDPOINT_URL_SERVICEDISCOVERY: cloudMapUrl },
    },
  );
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`apply ended with ${String(code)}`);
  const calls = cloudMap.calls.slice(before);
  return {
    seconds: (performance.now() - begun) / 1000,
    calls: calls.map(({ operation }) => operation),
    throttled: calls.filter(({ error }) => error === "ThrottlingException").length,
  };
}
