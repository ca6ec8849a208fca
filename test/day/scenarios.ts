import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { settled, until } from "./day.ts";
import type { Day, Program } from "./day.ts";
import { manifest, namespace, service, virtualNode, workload } from "./objects.ts";

/** Something that happens in a cluster's day. */
export type Scenario = {
  readonly name: string;
  /** Whether it is in the short cut too. */
  readonly isShort?: boolean;
  /** For how long nobody could have known better, in seconds: it counts in favour of what was missing or stayed. */
  readonly blind?: number;
  readonly run: (day: Day, scale: Scale) => Promise<void>;
};

/** What differs between a day and its short cut. */
export type Scale = {
  readonly most: number;
  readonly churnSeconds: number;
  readonly hungSeconds: number;
  readonly crowd: number;
};

/** How long the watch may not know of a claim that is new or other, in seconds, as docs/operations.md says. */
const CLAIMS = 60;
const CRDS = "test/support/manifests/crds.yaml";
const NODE = "ip-192-168-35-60.us-west-2.compute.internal";
const OTHER_NODE = "ip-192-168-34-59.us-west-2.compute.internal";

export const SCENARIOS: readonly Scenario[] = [
  { name: "everything is new", isShort: true, run: begin },
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
    run: async ({ apply, kubectl }) => {
      await apply(manifest(job("task", 3)));
      await sleep(45_000);
      const pods = await kubectl("-n", "shop", "get", "pods", "-l", "app=task", "-o", "name");
      const ended = '{"status":{"phase":"Succeeded","conditions":[{"type":"Ready","status":"False"}]}}';
      for (const pod of pods.trim().split("\n"))
        await kubectl("-n", "shop", "patch", pod, "--subresource=status", "--type=merge", "-p", ended);
    },
  },
  {
    name: "scaled up, and down to 1",
    isShort: true,
    run: async ({ kubectl, sides }, { most }) => {
      await kubectl("-n", "shop", "scale", "deployment/web", `--replicas=${most}`);
      await rolled(kubectl, "deployment/web");
      await settled(sides);
      await kubectl("-n", "shop", "scale", "deployment/web", "--replicas=1");
      await sleep(5_000);
      await kubectl("-n", "shop", "scale", "deployment/web", "--replicas=3");
    },
  },
  {
    name: "a node is drained",
    run: async ({ kubectl }) => {
      await kubectl("cordon", NODE);
      await kubectl("delete", "pods", "-A", "--field-selector", `spec.nodeName=${NODE}`, "--wait=false");
      await sleep(5_000);
      await kubectl("uncordon", NODE);
    },
  },
  {
    name: "a node is out of service",
    run: async ({ kubectl }) => {
      await kubectl("taint", "node", OTHER_NODE, "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute");
      await sleep(20_000);
      await kubectl("taint", "node", OTHER_NODE, "node.kubernetes.io/out-of-service-");
    },
  },
  {
    name: "a Service selects other pods",
    blind: CLAIMS,
    run: async ({ apply, kubectl, sides }) => {
      await apply(manifest(workload("green", { replicas: 3 })));
      await rolled(kubectl, "deployment/green");
      await select(kubectl, "green");
      await settled(sides);
      await select(kubectl, "web");
    },
  },
  {
    name: "a namespace is deleted, and made again",
    blind: CLAIMS,
    run: async ({ apply, kubectl }) => {
      await kubectl("delete", "namespace", "other", "--wait=false");
      await until(
        async () => ((await kubectl("get", "namespaces", "-o", "name")).includes("/other") ? ["other is there"] : []),
        120_000,
      );
      await apply(
        manifest(
          namespace("other"),
          workload("web", { namespace: "other", replicas: 2 }),
          service("web", { namespace: "other", claims: "other-web" }),
        ),
      );
    },
  },
  {
    name: "the VirtualNodes' definition is taken away, and comes back",
    blind: CLAIMS,
    run: async ({ apply, kubectl }) => {
      await kubectl("delete", "crd", "virtualnodes.appmesh.k8s.aws");
      await sleep(25_000);
      await define(apply, kubectl);
      await sleep(5_000);
      await apply(manifest(virtualNode("node")));
    },
  },
  {
    name: "the right to list is taken away, while pods come",
    blind: 20,
    run: async ({ apply, kubectl }) => {
      await kubectl("delete", "clusterrolebinding", "eks-cloudmap-sync");
      await kubectl("-n", "shop", "scale", "deployment/web", "--replicas=5");
      await sleep(20_000);
      await apply(await readFile("infra/rbac.yaml", "utf8"));
    },
  },
  { name: "the API server is killed", isShort: true, blind: 30, run: (day) => killed(day, "kube-apiserver", 10_000) },
  { name: "etcd is killed", blind: 30, run: (day) => killed(day, "etcd", 10_000) },
  {
    name: "the API server hangs",
    isShort: true,
    blind: 60,
    run: async (day, { hungSeconds }) => {
      await exchange(day);
      await day.signal("kube-apiserver", "SIGSTOP");
      await sleep(hungSeconds * 1_000);
      await day.signal("kube-apiserver", "SIGCONT");
      await controllersAnswer(day);
    },
  },
  { name: "churn, with pods that are relabelled", isShort: true, run: churn },
  {
    name: "a crowd rolls",
    run: async ({ apply, kubectl }, { crowd }) => {
      const size = { replicas: crowd / 2, strategy: { maxSurge: "25%", maxUnavailable: "25%" } };
      await apply(manifest(workload("many", size), workload("one", size)));
      for (const name of ["many", "one"]) await rolled(kubectl, `deployment/${name}`);
      await kubectl("-n", "shop", "rollout", "restart", "deployment/many", "deployment/one");
      for (const name of ["many", "one"]) await rolled(kubectl, `deployment/${name}`);
    },
  },
];

type Kubectl = Day["kubectl"];

/** Who claims what: a claim that is new counts for the watch within a minute, and a day is about pods. */
export async function prepare({ apply, kubectl }: Pick<Day, "apply" | "kubectl">): Promise<void> {
  await define(apply, kubectl);
  await apply(
    manifest(
      namespace("shop"),
      namespace("other"),
      // Registered nowhere, so that the cluster is never empty.
      workload("keeper", { namespace: "default" }),
      ...["web", "one", "many", "db", "task"].map((name) => service(name, { claims: name })),
      service("node"),
      service("web", { namespace: "other", claims: "other-web" }),
      virtualNode("node"),
    ),
  );
}

async function begin({ apply, kubectl }: Day): Promise<void> {
  await apply(
    manifest(
      workload("web", { replicas: 3 }),
      workload("one"),
      workload("many", { replicas: 10 }),
      workload("db", { kind: "StatefulSet", replicas: 2 }),
      workload("node", { replicas: 2 }),
      workload("web", { namespace: "other", replicas: 2 }),
    ),
  );
  await rolled(kubectl, "deployment/many");
}

async function define(apply: Day["apply"], kubectl: Kubectl): Promise<void> {
  await apply(await readFile(CRDS, "utf8"));
  await kubectl("wait", "--for=condition=Established", "crd/virtualnodes.appmesh.k8s.aws", "--timeout=60s");
}

async function rolled(kubectl: Kubectl, what: string): Promise<void> {
  await kubectl("-n", "shop", "rollout", "status", what, "--timeout=600s");
}

async function select(kubectl: Kubectl, app: string): Promise<void> {
  await kubectl("-n", "shop", "patch", "service", "web", "-p", JSON.stringify({ spec: { selector: { app } } }));
}

/** One pod goes, and another comes. */
async function exchange({ kubectl }: Day): Promise<void> {
  const [pod = ""] = await podsOf(kubectl, "web");
  await kubectl("-n", "shop", "delete", "pod", pod, "--wait=false");
}

/** The names of the pods that stay. */
async function podsOf(kubectl: Kubectl, app: string): Promise<readonly string[]> {
  const { items } = JSON.parse(await kubectl("-n", "shop", "get", "pods", "-l", `app=${app}`, "-o", "json")) as {
    readonly items: readonly { readonly metadata: { readonly name: string; readonly deletionTimestamp?: string } }[];
  };
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name);
}

async function killed(day: Day, program: Program, pause: number): Promise<void> {
  await exchange(day);
  await day.signal(program, "SIGKILL");
  await sleep(pause);
  await day.restart(program);
  await until(
    async () =>
      [
        await day.kubectl("get", "--raw", "/readyz").then(
          (text) => (text === "ok" ? "" : text),
          () => "no answer",
        ),
      ].filter((text) => text !== ""),
    60_000,
  );
  await controllersAnswer(day);
}

/** Until then the EndpointSlices say what was, and are no witness. */
async function controllersAnswer({ kubectl }: Day): Promise<void> {
  await kubectl("-n", "shop", "rollout", "restart", "deployment/web");
  await rolled(kubectl, "deployment/web");
}

/** Pods are deleted, made and relabelled, so that they leave their Services and come back, one after the other. */
async function churn({ kubectl }: Day, { churnSeconds }: Scale): Promise<void> {
  const end = Date.now() + churnSeconds * 1_000;
  await kubectl("-n", "shop", "scale", "deployment/many", "--replicas=20");
  for (let n = 0; Date.now() < end; n++) {
    const pods = await podsOf(kubectl, "many");
    const pod = pods[(n * 7) % pods.length];
    if (pod === undefined) throw new Error("no pod of `many` is left: its controller does not answer");
    if (n % 3 === 0) await kubectl("-n", "shop", "label", "pod", pod, "--overwrite", "app=elsewhere");
    else await kubectl("-n", "shop", "delete", "pod", pod, "--wait=false", "--ignore-not-found");
    if (n % 5 === 0) await kubectl("-n", "shop", "label", "pods", "-l", "app=elsewhere", "--overwrite", "app=many");
    await sleep(500);
  }
  await kubectl("-n", "shop", "delete", "pods", "-l", "app=elsewhere", "--wait=false");
  await kubectl("-n", "shop", "scale", "deployment/many", "--replicas=10");
}

function job(name: string, parallelism: number): object {
  const template = {
    metadata: { labels: { app: name } },
    spec: { restartPolicy: "Never", containers: [{ name: "app", image: name }] },
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: "shop" },
    spec: { parallelism, completions: parallelism, template },
  };
}
