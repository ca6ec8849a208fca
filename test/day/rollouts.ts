import { setTimeout as sleep } from "node:timers/promises";
import { podsOf, rolled } from "./cluster.ts";
import { settled, until } from "./day.ts";
import type { Day } from "./day.ts";
import { job, manifest, workload } from "./objects.ts";
import type { Scale, Scenario } from "./scenario.ts";

/** Pods that come and go as their controllers have it. */
export const ROLLOUTS: readonly Scenario[] = [
  ...(
    [
      ["web", 3, 1],
      ["web", 3, 0],
      ["one", 1, 1],
      ["one", 1, 0],
      ["many", 50, 1],
      ["many", 50, "25%"],
    ] as const
  ).map(([name, replicas, maxSurge]): Scenario => ({
    name: `rollout of ${replicas}, maxSurge ${maxSurge}`,
    isShort: name === "web" && maxSurge === 0,
    run: async ({ apply, kubectl }) => {
      const strategy = { maxSurge, maxUnavailable: maxSurge === 0 ? 1 : name === "many" ? "25%" : 0 };
      await apply(manifest(workload(name, { replicas, strategy, image: `app:${String(maxSurge)}-${Date.now()}` })));
      await rolled(kubectl, `deployment/${name}`);
    },
  })),
  {
    name: "rollout with minReadySeconds",
    run: async ({ apply, kubectl }) => {
      await apply(manifest(workload("web", { replicas: 3, minReadySeconds: 5, image: "app:slow" })));
      await rolled(kubectl, "deployment/web");
    },
  },
  {
    name: "a StatefulSet's pods are restarted",
    run: async ({ kubectl }) => {
      await kubectl("-n", "shop", "rollout", "restart", "statefulset/db");
      await rolled(kubectl, "statefulset/db");
    },
  },
  {
    name: "a Job's pods serve and end",
    run: async (day) => {
      const { apply, kubectl } = day;
      await apply(manifest(job("task", 3)));
      await until(async () => ((await podsOf(kubectl, "task")).length === 3 ? [] : ["the Job has no pods"]), 120_000);
      await kubectl("-n", "shop", "wait", "--for=condition=Ready", "pods", "-l", "app=task", "--timeout=120s");
      await settled(day);
      const ended = '{"status":{"phase":"Succeeded","conditions":[{"type":"Ready","status":"False"}]}}';
      for (const pod of await podsOf(kubectl, "task"))
        await kubectl("-n", "shop", "patch", "pod", pod, "--subresource=status", "--type=merge", "-p", ended);
    },
  },
  {
    name: "scaled up, and down to 1",
    isShort: true,
    run: async (day, { most }) => {
      const { kubectl } = day;
      await kubectl("-n", "shop", "scale", "deployment/web", `--replicas=${most}`);
      await rolled(kubectl, "deployment/web");
      await settled(day);
      await kubectl("-n", "shop", "scale", "deployment/web", "--replicas=1");
      await sleep(5_000);
      await kubectl("-n", "shop", "scale", "deployment/web", "--replicas=3");
    },
  },
];

/** What takes the control plane to its limits, and comes last. */
export const CROWDS: readonly Scenario[] = [
  { name: "churn, with pods that are relabelled", isShort: true, run: churn },
  {
    name: "a crowd rolls",
    // Registering it and taking it out takes 50 calls a second each.
    blind: 100,
    run: async ({ apply, kubectl }, { crowd }) => {
      const names = ["web", "one", "many"];
      const size = {
        replicas: Math.ceil(crowd / names.length),
        strategy: { maxSurge: "25%", maxUnavailable: "25%" },
      };
      await apply(manifest(...names.map((name) => workload(name, size))));
      for (const name of names) await rolled(kubectl, `deployment/${name}`);
      await kubectl("-n", "shop", "rollout", "restart", ...names.map((name) => `deployment/${name}`));
      for (const name of names) await rolled(kubectl, `deployment/${name}`);
    },
  },
];

/** Pods are deleted, made and relabelled, so that they leave their Services and come back, one after the other. */
async function churn({ kubectl, shown }: Day, { churnSeconds }: Scale): Promise<void> {
  const end = Date.now() + churnSeconds * 1_000;
  await kubectl("-n", "shop", "scale", "deployment/many", "--replicas=20");
  for (let n = 0; Date.now() < end; n++) {
    const pods = await podsOf(kubectl, "many");
    const pod = pods[(n * 7) % pods.length];
    if (pod === undefined) throw new Error("no pod of `many` is left: its controller does not answer");
    if (n % 3 === 0) await kubectl("-n", "shop", "label", "pod", pod, "--overwrite", "app=elsewhere");
    else await kubectl("-n", "shop", "delete", "pod", pod, "--wait=false", "--ignore-not-found");
    // Those that come back have been away, as the EndpointSlices know too.
    if (n % 5 === 0) await shown();
    if (n % 5 === 0) await kubectl("-n", "shop", "label", "pods", "-l", "app=elsewhere", "--overwrite", "app=many");
    await sleep(500);
  }
  await kubectl("-n", "shop", "delete", "pods", "-l", "app=elsewhere", "--wait=false");
  await kubectl("-n", "shop", "scale", "deployment/many", "--replicas=10");
}
