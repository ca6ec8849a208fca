import { describe, expect, test } from "vitest";
import type { Instance } from "../../functions/core/model.ts";
import type { Settings } from "../../functions/core/settings.ts";
import { claim, claims, CLUSTER, instance, pod } from "../support/builders.ts";
import { pass, writesOf } from "../support/memory-pass.ts";
import { crowd, memoryRegistry, showRegistry } from "../support/memory-world.ts";

/** What a wrong context looks like: this owner's instances, all of them from another cluster. */

const web1 = pod({ ip: "10.7.0.1" });
const KUBECONFIG = { identity: { cluster: CLUSTER, arn: undefined, mayBeEmpty: false } } as const;
const theirs = crowd(200).instances.map((one) => ofCluster(one, "uid-prod"));

describe("through a kubeconfig, where every instance of this owner is another cluster's", () => {
  const given = { pods: [web1], instances: { web: theirs }, settings: KUBECONFIG };

  test("nothing is written, the pass fails, and the line names both clusters and what to do if it is meant", async () => {
    const { report, calls } = await pass(given);
    expect(writesOf(calls)).toEqual([]);
    expect(report.ok).toBe(false);
    expect(report.errors).toHaveLength(1);
    for (const part of ["uid-prod", CLUSTER, "--new-cluster", 'previousClusters: ["uid-prod"]'])
      expect(report.errors[0]).toContain(part);
  });

  test("nothing is written in any other service either, nor is one created or deleted", async () => {
    const { report, calls } = await pass({
      ...given,
      instances: { web: theirs, empty: [] },
      sources: [
        claims(claim(), claim({ service: "new", origin: { source: "configuration", rank: 0, name: "mappings[1]" } })),
      ],
      settings: { ...KUBECONFIG, deleteServices: true },
    });
    expect(calls.some(({ kind }) => kind === "write" || kind === "create-service" || kind === "delete-service")).toBe(
      false,
    );
    expect(report.services.map(({ service, held }) => [service, held.map(({ reason }) => reason)])).toEqual([
      ["new", ["other-cluster"]],
      ["web", ["other-cluster"]],
    ]);
  });

  test("`force` does not release it", async () => {
    expect(writesOf((await pass({ ...given, request: { force: true } })).calls)).toEqual([]);
  });

  test("with `newCluster` both clusters register side by side", async () => {
    const { report, calls } = await pass({ ...given, request: { newCluster: true } });
    expect(writesOf(calls)).toEqual(["web: register 10.7.0.1"]);
    expect(report).toMatchObject({
      ok: true,
      otherClusters: [{ cluster: "uid-prod", instances: 200 }],
      drift: { stale: 0 },
    });
  });

  test("a cluster that is named in `previousClusters` is this one, and its gone pods go", async () => {
    const { report, registry } = await pass({ ...given, settings: { ...KUBECONFIG, previousClusters: ["uid-prod"] } });
    expect(report.ok).toBe(true);
    expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["10.7.0.1"]);
  });
});

test.each<[string, readonly Instance[]]>([
  ["where one of them is of this cluster", [...theirs, instance({ id: "10.7.0.9", pod: "web-9" })]],
  ["where none of this owner is there", theirs.map((one) => ofOwner(one, "other"))],
  ["where there is none at all", []],
])("a pass goes on %s", async (_, held) => {
  const { report, calls } = await pass({ pods: [web1], instances: { web: held }, settings: KUBECONFIG });
  expect(report.ok).toBe(true);
  expect(writesOf(calls)).toContain("web: register 10.7.0.1");
});

test("an id that another cluster's instance has is held, and the line says how to take it over", async () => {
  const { report } = await pass({
    pods: [pod()],
    instances: { web: [instance({ cluster: "uid-prod" }), instance({ id: "10.7.0.9", pod: "web-9" })] },
    settings: KUBECONFIG,
  });
  expect(report).toMatchObject({
    ok: true,
    services: [
      {
        held: [
          {
            kind: "register",
            id: "10.0.0.1",
            reason: "other-cluster",
            remedy: expect.stringContaining('previousClusters: ["uid-prod"]') as string,
          },
        ],
      },
    ],
  });
});

test("one document with one owner on two clusters: both stay, for ever", async () => {
  const registry = memoryRegistry({ web: [] });
  const one = { pods: crowd(50).pods, registry, settings: ofMine("uid-1") };
  const other = { pods: crowd(50, 100).pods, registry, settings: ofMine("uid-2") };
  await pass(one);
  await pass({ ...other, request: { newCluster: true } });
  const before = showRegistry(registry);
  expect(registry.get("web")?.size).toBe(100);
  for (const again of [one, other, one]) expect(writesOf((await pass(again)).calls)).toEqual([]);
  expect(showRegistry(registry)).toBe(before);
});

function ofCluster(one: Instance, cluster: string): Instance {
  return { ...one, attributes: { ...one.attributes, "eks-cloudmap-sync/cluster": cluster } };
}

function ofOwner(one: Instance, owner: string): Instance {
  return { ...one, attributes: { ...one.attributes, "eks-cloudmap-sync/owner": owner } };
}

function ofMine(cluster: string): Partial<Settings> {
  return { owner: "mine", tagOwner: "mine", identity: { ...KUBECONFIG.identity, cluster } };
}
