import { readFile } from "node:fs/promises";
import { until } from "./day.ts";
import type { Day } from "./day.ts";
import { manifest, namespace, service, virtualNode, workload } from "./objects.ts";

export type Kubectl = Day["kubectl"];

const CRDS = "test/support/manifests/crds.yaml";

/** Who claims what: a claim that is new counts for the watch within a minute, and a day is about pods. */
export async function prepare({ apply, kubectl }: Pick<Day, "apply" | "kubectl">): Promise<void> {
  await define({ apply, kubectl });
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

export async function begin({ apply, kubectl }: Day): Promise<void> {
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

/** Makes the definitions of what the cluster does not know by itself. */
export async function define({ apply, kubectl }: Pick<Day, "apply" | "kubectl">): Promise<void> {
  await apply(await readFile(CRDS, "utf8"));
  await kubectl("wait", "--for=condition=Established", "crd/virtualnodes.appmesh.k8s.aws", "--timeout=60s");
}

export async function rolled(kubectl: Kubectl, what: string, name = "shop"): Promise<void> {
  await kubectl("-n", name, "rollout", "status", what, "--timeout=600s");
}

/** One pod goes, and another comes. */
export async function exchange({ kubectl }: Day): Promise<void> {
  const [pod = ""] = await podsOf(kubectl, "web");
  await kubectl("-n", "shop", "delete", "pod", pod, "--wait=false");
}

/** The names of the pods that stay. */
export async function podsOf(kubectl: Kubectl, app: string): Promise<readonly string[]> {
  const { items } = JSON.parse(await kubectl("-n", "shop", "get", "pods", "-l", `app=${app}`, "-o", "json")) as {
    readonly items: readonly { readonly metadata: { readonly name: string; readonly deletionTimestamp?: string } }[];
  };
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name);
}

/** Tries it again until it succeeds. */
export async function persist(what: () => Promise<unknown>): Promise<void> {
  const attempt = () =>
    what().then(
      () => [],
      (error: unknown) => [String(error)],
    );
  await until(attempt, 120_000);
}
