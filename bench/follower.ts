import { setTimeout as sleep } from "node:timers/promises";
import { reconcile } from "../functions/core/reconcile.ts";
import type { Scope } from "../functions/core/model.ts";
import { composeWorld } from "../functions/runtime/compose.ts";
import { parseConfiguration } from "../functions/runtime/configuration/document.ts";
import { parseEnvironment } from "../functions/runtime/configuration/environment.ts";
import { follow } from "../functions/runtime/watch/follow.ts";

/** What a follower tells its parent: once a second its memory, in MB, and the seconds of CPU so far. `retained` is what a full collection leaves. */
export type Memory = { readonly resident: number; readonly retained: number; readonly cpu: number };

// A process of its own, so that what measures costs it nothing: node --expose-gc bench/follower.ts KUBECONFIG DOCUMENT,
// with AWS's variables in the environment. It follows until its parent goes.
const [kubeconfig = "", document = ""] = process.argv.slice(2);
const world = await composeWorld({
  configuration: parseConfiguration(document, "the document"),
  access: { kind: "kubeconfig", file: kubeconfig },
  environment: parseEnvironment(process.env),
  isFrequent: true,
});
const gone = new AbortController();
process.on("disconnect", () => gone.abort());
const pass = (scopes: readonly Scope[]) => {
  const asked = { scopes, sweep: false, force: false, dryRun: false, newCluster: false, start: 0 };
  return reconcile({ ...asked, deadline: Date.now() + 60_000, patience: 15_000 }, world);
};
const logger = { debug: () => {}, info: () => {}, error: console.error };
const following = follow({
  alone: 0,
  limit: Date.now() + 3_600_000,
  signal: gone.signal,
  world: async () => world,
  pass,
  logger,
});
while (!gone.signal.aborted) {
  // The parent may go meanwhile.
  if (process.connected) process.send?.(memory(), undefined, undefined, () => {});
  await sleep(1_000, undefined, { signal: gone.signal }).catch(() => {});
}
await following;

function memory(): Memory {
  const resident = process.memoryUsage.rss() / 1e6;
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  return { resident, retained: process.memoryUsage().heapUsed / 1e6, cpu: (user + system) / 1e6 };
}
