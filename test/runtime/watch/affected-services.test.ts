import { expect, test } from "vitest";
import type { Claim, Pod } from "../../../functions/core/model.ts";
import type { SourceRead } from "../../../functions/core/ports.ts";
import { createAffectedServices } from "../../../functions/runtime/watch/affected-services.ts";
import { claim, claims, pod } from "../../support/builders.ts";

const web = claim({ service: "web", pods: { namespace: "shop", labelSelector: "app=web" } });

test.each<[string, Pod, readonly string[]]>([
  ["it selects", pod({ labels: { app: "web" } }), ["web"]],
  ["it does not select", pod({ labels: { app: "api" } }), []],
  ["of another namespace", pod({ namespace: "bar", labels: { app: "web" } }), []],
])("a pod %s", async (_, changed, expected) => {
  expect(await affectedBy(changed, [web])).toEqual(expected);
});

test("what selectors cannot say counts too", async () => {
  const picky = { ...web, chooses: ({ virtualNode }: Pod) => virtualNode === "shop/web" };
  expect(await affectedBy(pod({ labels: { app: "web" } }), [picky])).toEqual([]);
  expect(await affectedBy({ ...pod({ labels: { app: "web" } }), virtualNode: "shop/web" }, [picky])).toEqual(["web"]);
});

test("several services may ask for one pod", async () => {
  const all = claim({ service: "all", pods: { namespace: "shop", labelSelector: "" } });
  expect(await affectedBy(pod({ labels: { app: "web" } }), [web, all])).toEqual(["web", "all"]);
});

test("while a source cannot be read, any service of the namespace may ask for it", async () => {
  const failed: SourceRead = { source: "services", rank: 1, state: "failed", error: new Error("503") };
  const find = await finder([claims(web), failed]);
  expect(find(pod({ labels: { app: "api" } }))).toEqual([{ kind: "namespace", namespace: "shop" }]);
});

test("a pod of too many labels may be asked for by any service of its namespace", async () => {
  const find = await finder([claims(web)]);
  const vast = { ...pod({ labels: {} }), areLabelsLeftOut: true };
  expect(find(vast)).toEqual([{ kind: "namespace", namespace: "shop" }]);
});

async function affectedBy(changed: Pod, all: readonly Claim[]): Promise<readonly string[]> {
  const find = await finder([claims(...all)]);
  return find(changed).flatMap((scope) => (scope.kind === "service" ? [scope.service] : []));
}

function finder(sources: readonly SourceRead[]) {
  const cluster = { listMappings: async () => sources, listPods: never, listNodes: never, hasAnyPod: never };
  return createAffectedServices(async () => ({ cluster, now: Date.now }))();
}

function never(): Promise<never> {
  return Promise.reject(new Error("not asked for here"));
}
