import { expect, test } from "vitest";
import { lines, plan } from "../support/scene.ts";
import { instance, mapping, pod } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";

/** So a document is split in two parts, and a cluster is rebuilt under another name, without loss. */

const web1 = pod();
const here = instance({ owner: "old" });
const elsewhere = instance({ owner: "old", cluster: "uid-old" });
const settings = { previousOwners: ["old"] };
const ADOPTED = ["register 10.0.0.1 adopted"];

test.each<[string, Parameters<typeof plan>[0], string[], string[]]>([
  ["is re-stamped where a mapping chooses its living pod", { pods: [web1] }, ADOPTED, ADOPTED],
  ["is removed where its pod is gone and it is of here", {}, ["deregister 10.0.0.1 pod-gone"], []],
  ["is left alone while its pod lives unchosen", { others: [web1] }, [], []],
  ["is left alone while its pod lives in a service that nobody claims", { mappings: [], others: [web1] }, [], []],
  [
    "gives its id to the pod that has its address now, where it is of here",
    { pods: [pod({ name: "web-9" })] },
    ADOPTED,
    ["register 10.0.0.1 held: foreign"],
  ],
])("an instance of a previous owner %s", (_, wanted, ofHere, ofElsewhere) => {
  expect(lines(plan({ ...wanted, instances: [here], settings }))).toEqual(ofHere);
  expect(lines(plan({ ...wanted, instances: [elsewhere], settings }))).toEqual(ofElsewhere);
  const previousClusters = ["uid-old"];
  expect(lines(plan({ ...wanted, instances: [elsewhere], settings: { ...settings, previousClusters } }))).toEqual(
    ofHere,
  );
});

test("one of another cluster in the way is held with the line that takes it over", () => {
  const { held } = plan({ pods: [pod({ name: "web-9" })], instances: [elsewhere], settings });
  expect(held[0]?.remedy).toContain('previousClusters: ["uid-old"]');
});

test("an owner that the document does not name is foreign", () => {
  expect(lines(plan({ pods: [web1], instances: [here] }))).toEqual(["register 10.0.0.1 held: foreign"]);
});

test("a mapping that moves to a part takes its instances along, and what the old document still maps stays", async () => {
  const api1 = pod({ name: "api-1", ip: "10.0.1.1", labels: { app: "api" } });
  const api = instance({ id: "10.0.1.1", pod: "api-1", attributes: { app: "api" } });
  const part = "team-a";
  const whole = instance().attributes["eks-cloudmap-sync/owner"] ?? "";
  const { report, registry } = await pass({
    pods: [web1, api1],
    instances: { web: [instance(), api] },
    settings: { owner: `${whole}/${part}`, tagOwner: whole, previousOwners: [whole] },
  });
  expect(report).toMatchObject({
    ok: true,
    services: [{ changes: [{ reason: "adopted", id: "10.0.0.1" }], held: [] }],
  });
  expect(
    [...(registry.get("web")?.values() ?? [])].map(({ attributes }) => attributes["eks-cloudmap-sync/owner"]),
  ).toEqual([`${whole}/${part}`, whole]);
});

test("those of other clusters are counted in the report with the line to paste, and are no drift", async () => {
  const { report } = await pass({
    pods: [web1],
    instances: { web: [instance({ id: "10.0.0.9", pod: "web-9", owner: "old", cluster: "uid-old" })] },
    settings,
  });
  expect(report).toMatchObject({
    ok: true,
    drift: { missing: 1, stale: 0, changed: 0 },
    otherClusters: [
      {
        cluster: "uid-old",
        owner: "old",
        instances: 1,
        remedy: expect.stringContaining('previousClusters: ["uid-old"]') as string,
      },
    ],
  });
});

test("such an instance goes as the policy of the mappings allows", () => {
  const planned = plan({ mappings: [mapping({ policy: "upsert-only" })], instances: [here], settings });
  expect(lines(planned)).toEqual(["deregister 10.0.0.1 held: policy"]);
});
