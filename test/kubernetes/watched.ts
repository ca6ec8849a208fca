import { expect, onTestFinished, vi } from "vitest";
import { podName } from "../../functions/core/model.ts";
import { createConnection } from "../../functions/kubernetes/connection.ts";
import { watchPods } from "../../functions/kubernetes/watch-pods.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import type { KubernetesOptions, KubernetesWorld } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";

export const WAIT = { timeout: 20_000 };

/** A pod that is shown last, so that all that came before it has been told, or will never be. */
export async function expectSettled(world: KubernetesWorld, changes: string[], expected: readonly string[]) {
  const name = `last-${world.store.resourceVersion()}`;
  world.put(podObject({ namespace: "last", name }));
  await expect.poll(() => changes, WAIT).toContain(`last/${name}`);
  expect(changes.filter((change) => !change.startsWith("last/"))).toEqual(expected);
}

export function countWatches(world: KubernetesWorld): number {
  return world.log.filter(({ query }) => query["watch"] === "true").length;
}

/** A cluster, and a watch over its pods with all that it tells; it ends with the test. */
export async function open(options: KubernetesOptions = {}) {
  const world = createKubernetes(options);
  const handler = kubernetesHandler(world);
  let server = await serve(handler);
  const renewed = vi.fn<() => void>();
  const connection = createConnection({ server: new URL(server.url) }, { renew: renewed });
  const ended = new AbortController();
  onTestFinished(async () => {
    ended.abort();
    await server.close();
  });
  const changes: string[] = [];
  const seen = { events: 0, reconnects: 0, problems: [] as string[], states: [] as string[] };
  const run = (signal = ended.signal) =>
    watchPods(connection, {
      signal,
      onEvent: () => {
        seen.events += 1;
      },
      onChange: ({ key, seen: pods }) => {
        changes.push(podName(key));
        seen.states.push(pods.map(({ state }) => state).join(" → "));
      },
      onReconnect: (problem) => {
        seen.reconnects += 1;
        if (problem !== undefined) seen.problems.push(problem);
      },
    });
  return {
    world,
    renewed,
    changes,
    run,
    /** Until the server has been asked for that many watches. */
    watch: async (count = 1) => {
      void run();
      await expect.poll(() => countWatches(world), WAIT).toBeGreaterThanOrEqual(count);
      return { changes, seen };
    },
    /** Stops the server; what it returns starts one in its place. */
    restart: async () => {
      const port = Number(new URL(server.url).port);
      await server.close();
      return async () => {
        server = await serve(handler, { port });
      };
    },
  };
}
