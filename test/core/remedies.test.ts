import { expect, test } from "vitest";
import type { ClaimProblem } from "../../functions/core/claim-problem.ts";
import { createHistory } from "../../functions/core/history.ts";
import { alarmOf } from "../../functions/core/rules.ts";
import type { Settings } from "../../functions/core/settings.ts";
import { CLUSTER, instance, mapping, OWNER, pod } from "../support/builders.ts";
import { lines, plan } from "../support/scene.ts";

/** What a person reads of a change that is held. */

const web1 = pod();
const web2 = pod({ name: "web-2", ip: "10.0.0.2" });
/** Stays, so that the guard has no say. */
const staying = instance({ id: "10.0.0.2", pod: "web-2" });
const remedies = (...wanted: Parameters<typeof plan>) => plan(...wanted).held.map(({ remedy }) => remedy);

test.each(["dry-run", "upsert-only"] as const)(
  "a policy of %s names itself, and what lets the change happen",
  (policy) => {
    expect(remedies({ instances: [instance()], settings: { policy } })).toEqual([
      `the policy is ${policy}; set it to sync to let this happen`,
    ]);
  },
);

test("a document's dry run counts before what the mapping says", () => {
  const scene = { pods: [web1], mappings: [mapping({ policy: "sync" })] };
  expect(remedies({ ...scene, settings: { policy: "dry-run" } })).toEqual([expect.stringContaining("is dry-run;")]);
});

test("in a cluster that is not the one that was meant, all is held, with what to do", () => {
  expect(remedies({ pods: [web1] }, { wrongCluster: "another" })).toEqual([
    expect.stringMatching(/^this is not the cluster that registered this owner/),
  ]);
});

test.each<[string, Parameters<typeof instance>[0], Partial<Settings>, string]>([
  ["nobody", { owner: undefined }, {}, "carries no owner; deregister it if nobody needs it"],
  ["another owner", { owner: "other" }, {}, "owner other; deregister it, or name that owner in `previousOwners`"],
  [
    "this owner in another cluster",
    { cluster: "uid-old" },
    { identity: { cluster: CLUSTER, arn: undefined, mayBeEmpty: false } },
    'from cluster uid-old; if that cluster is gone, add it to the document: previousClusters: ["uid-old"]',
  ],
  [
    "a previous owner in no cluster, for another pod",
    { owner: "old", cluster: undefined, pod: "web-9" },
    { previousOwners: ["old"] },
    "previous owner old that names no cluster, and not the pod that is there; deregister it",
  ],
  [
    "this owner that names no pod",
    { pod: "A,B" },
    {},
    `an instance of owner ${OWNER} that carries no usable pod name; deregister it`,
  ],
])("an id that an instance of %s has is held with what to do about it", (_, taken, given, remedy) => {
  expect(remedies({ pods: [web1], instances: [instance(taken)], settings: given })).toEqual([
    expect.stringContaining(remedy),
  ]);
});

const problem: ClaimProblem = {
  reason: "invalid",
  claim: "Service shop/stray",
  from: "shop",
  service: "web",
  pods: { namespace: "shop", labelSelector: "app=web" },
  problem: "spec.ports cannot be read; correct it",
};

test("a living pod that a broken claim may mean stays, and the claim is named with what is wrong with it", () => {
  const scene = { pods: [web2], others: [web1], instances: [instance(), staying], problems: [problem] };
  expect(remedies(scene)).toEqual([
    "its pod lives on, and Service shop/stray may mean it: spec.ports cannot be read; correct it",
  ]);
});

test("what is wrong with a pod itself holds that pod, whatever else the claim selects", () => {
  const ofPod = { ...problem, claim: "shop/web-1", pods: { namespace: "shop", labelSelector: "app=none" } };
  const scene = { pods: [web2], others: [web1], instances: [instance(), staying], problems: [ofPod] };
  expect(lines(plan(scene))).toEqual(["deregister 10.0.0.1 held: invalid"]);
});

test("a broken claim holds no repair of the pods that it may mean", () => {
  const drifted = instance({ attributes: { app: "old" } });
  expect(lines(plan({ pods: [web1], instances: [drifted], problems: [problem] }))).toEqual([
    "register 10.0.0.1 drifted",
  ]);
});

test("what AWS has refused is not tried again before the next sweep, and its words are what to act on", () => {
  const history = createHistory();
  history.noteRefusal("srv-web", "10.0.0.1", "InvalidInput: too long");
  expect(remedies({ pods: [web1] }, { history })).toEqual(["InvalidInput: too long"]);
  expect(lines(plan({ instances: [instance(), staying], pods: [web2] }, { history }))).toEqual([
    "deregister 10.0.0.1 pod-gone",
  ]);
});

test("what cannot be an instance and what a rule holds come together by their ids", () => {
  const pods = [pod({ name: "web-9", ip: "fd00::9" }), web1];
  const { held } = plan({ pods, instances: [instance({ owner: "other" })] });
  expect(held.map(({ id, reason }) => `${id} ${reason}`)).toEqual(["10.0.0.1 foreign", "fd00::9 invalid"]);
});

test("what is held comes by id, and what is held of one id by its kind", () => {
  const { held } = plan({
    pods: [pod({ name: "web-3", ip: "10.0.0.3", ready: false, labels: { app: "new" } }), web1],
    instances: [instance({ id: "10.0.0.3", pod: "web-3", attributes: { app: "old" } })],
    kind: { health: "custom" },
    settings: { policy: "dry-run" },
  });
  expect(held.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
    "10.0.0.1 register",
    "10.0.0.3 register",
    "10.0.0.3 set-health",
  ]);
});

test("a pod that cannot be an instance is told with the mapping that wants it, and how many more do", () => {
  const many = ["a", "b", "c"].map((name) =>
    mapping({ ports: ["http"], origin: { source: "services", rank: 1, name: `Service shop/${name}` } }),
  );
  expect(remedies({ pods: [web1], mappings: many })).toEqual([
    expect.stringMatching(/^Service shop\/a and 2 more: the pod has no container port/),
  ]);
  const service = { source: "services", rank: 1, name: "Service shop/web" };
  expect(remedies({ pods: [web1], mappings: [mapping({ ports: ["http"] })] })).toEqual([
    expect.stringMatching(/^mappings\[0\]: the pod has no container port named http/),
  ]);
  expect(remedies({ pods: [web1], mappings: [mapping({ origin: service, attributes: { größe: "1" } })] })).toEqual([
    expect.stringMatching(/^Service shop\/web: the attribute key "größe"/),
  ]);
});

test.each([
  ["guard", "Guard"],
  ["quota", "Held"],
  ["not-allowed", "Claims"],
  ["unfinished", undefined],
] as const)("%s rings %s", (reason, alarm) => {
  expect(alarmOf(reason)).toBe(alarm);
});

test("while the nodes cannot be read no unready pod leaves, and what is gone goes", () => {
  const nodes = { state: "unreadable", warning: "forbidden", isFailure: true } as const;
  const sick = pod({ ready: false });
  const instances = [instance(), staying, instance({ id: "10.0.0.9", pod: "web-9" })];
  const planned = plan({ pods: [sick, web2], instances, nodes });
  expect(lines(planned)).toEqual(["deregister 10.0.0.9 pod-gone", "deregister 10.0.0.1 held: source-failed"]);
  expect(planned.held[0]?.remedy).toMatch(
    /^the nodes could not be read, .*only unheard; the next pass reads them again/,
  );
});
