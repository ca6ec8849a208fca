import { expect, test } from "vitest";
import { findUnchosen } from "../../../functions/runtime/remarks/unchosen.ts";
import { queryKey } from "../../../functions/core/model.ts";
import type { PodQuery } from "../../../functions/core/model.ts";
import { claim, claims, pod } from "../../support/builders.ts";

const PODS = [
  pod({ name: "web-1", labels: { app: "web", tier: "front" } }),
  pod({ name: "api-1", labels: { app: "api", tier: "back" } }),
];

test.each([
  ["app=weeb", "no pod of shop has app=weeb; did you mean app=web?"],
  ["ap=web", "no pod of shop has ap=web; did you mean the label app?"],
  ["app=orders-queue", "no pod of shop has app=orders-queue; there is app=web, app=api"],
  ["owner=me", "no pod of shop has owner=me; check the label's name"],
  ["app=web,tier=back", "pods have app=web or tier=back, and none has all of them at once; check the selector"],
])("of the selector %s, which chooses no pod, it says what is near", async (labelSelector, says) => {
  expect(await problems({ namespace: "shop", labelSelector }, [])).toEqual([`chooses no pod: ${says}`]);
});

test("a Kubernetes namespace that does not exist is said, with the nearest name", async () => {
  expect(await problems({ namespace: "shp", labelSelector: "" }, [])).toEqual([
    "chooses no pod: Kubernetes namespace shp does not exist; did you mean shop?",
  ]);
});

test("a mapping that chooses a pod is nothing to tell, nor is one whose pods could not be read", async () => {
  expect(await problems({ namespace: "shop", labelSelector: "app=web" }, PODS.slice(0, 1))).toEqual([]);
  expect(await problems({ namespace: "shop", labelSelector: "app=web" }, undefined)).toEqual([]);
});

test("an object that claims in two Kubernetes namespaces is warned of once, and not at all where it chooses a pod in one", async () => {
  const all = ["shop", "other"].map((namespace) => ({ namespace, labelSelector: "" }));
  const [shop, other] = all.map((pods) => claim({ pods, from: "shop", chooses: ({ key }) => key.name === "web-1" }));
  if (shop === undefined || other === undefined) throw new Error("no claims");
  const found = async (inShop: typeof PODS) => {
    const pods = new Map(
      all.map((query) => [queryKey(query), { query, read: { value: query.namespace === "shop" ? inShop : [] } }]),
    );
    return findUnchosen({ reads: { sources: [claims(other, shop)], pods }, ...cluster(shop.pods) });
  };
  expect(await found(PODS)).toEqual([]);
  expect((await found(PODS.slice(1))).map(({ claim: { pods } }) => pods.namespace)).toEqual(["shop"]);
});

test("a selector whose namespace was listed as a whole is looked up there", async () => {
  const asked = claim({ pods: { namespace: "shop", labelSelector: "app=weeb" } });
  const whole: PodQuery = { namespace: "shop", labelSelector: "" };
  const pods = new Map([[queryKey(whole), { query: whole, read: { value: PODS } }]]);
  const found = await findUnchosen({ reads: { sources: [claims(asked)], pods }, ...cluster(whole) });
  expect(found).toMatchObject([{ problem: "chooses no pod: no pod of shop has app=weeb; did you mean app=web?" }]);
});

/** What is said of one claim, of whose query the pass has read these pods. */
async function problems(query: PodQuery, read: typeof PODS | undefined): Promise<readonly string[]> {
  const asked = claim({ pods: query });
  const pods = new Map(read === undefined ? [] : [[queryKey(query), { query, read: { value: read } }] as const]);
  const whole: PodQuery = { namespace: query.namespace, labelSelector: "" };
  const found = await findUnchosen({ reads: { sources: [claims(asked)], pods }, ...cluster(whole) });
  return found.map(({ problem }) => problem);
}

function cluster(whole: PodQuery) {
  return {
    listPods: () =>
      Promise.resolve(new Map([[queryKey(whole), { value: whole.namespace === "shop" ? PODS : [] }] as const])),
    listNamespaces: () => Promise.resolve(["shop", "kube-system"]),
  };
}
