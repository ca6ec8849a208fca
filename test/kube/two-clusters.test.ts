import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../functions/core/report.ts";
import { missingParts, startControlPlane } from "../support/control-plane.ts";
import type { ControlPlane } from "../support/control-plane.ts";
import { addressesAreFree, changesOf, openCluster, settledPods, shown } from "./fixture.ts";
import type { Cluster } from "./fixture.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

const documentOf = (owner: string, mappings = "[{ service: web, pods: { namespace: farm, selector: app=web } }]") =>
  `cluster: ${owner}
owner: ${owner}
namespaces: [howto-k8s-cloudmap.pvt.aws.local]
mappings: ${mappings}
`;

describe.skipIf(missing !== undefined)("two control planes and one Cloud Map service", () => {
  let east: Cluster;
  let west: ControlPlane;
  const farm = readFileSync("test/support/manifests/farm.yaml", "utf8");
  const passOfWest = (mappings?: string, force = false): Promise<Report> =>
    east.stage.pass({ force, kubeconfig: west.kubeconfig, document: documentOf("west", mappings) });
  const onWest = (...words: readonly string[]) => west.kubectl(words);

  beforeAll(async () => {
    [east, west] = await Promise.all([
      openCluster({ document: documentOf("east"), manifest: farm }),
      startControlPlane(),
    ]);
    // kwok counts addresses from the same one in each cluster: these are taken first, so that west's pods have others.
    await onWest("create", "deployment", "squatter", "--image=squatter", "--replicas=10");
    await settledPods(onWest, "default", 10);
    await west.kubectl(["apply", "-f", "-"], farm);
    await Promise.all([east.settled("farm", 5), settledPods(onWest, "farm", 5)]);
  });
  afterAll(() => Promise.all([east?.close(), west?.stop()]));

  test("each registers its own pods, at the same time", async () => {
    expect(await east.changes()).toHaveLength(3);
    await east.kubectl("-n", "farm", "rollout", "restart", "deployment", "web");
    await east.kubectl("-n", "farm", "rollout", "status", "deployment", "web", "--timeout=60s");
    const [ofEast, ofWest] = await Promise.all([east.settled("farm", 5), settledPods(onWest, "farm", 5)]);
    const passes = await Promise.all([east.stage.pass(), passOfWest()]);
    expect(passes.map(({ ok }) => ok)).toEqual([true, true]);
    expect(await east.registered("web")).toEqual(shown([...ofEast, ...ofWest].filter(isWeb)));
    expect(changesOf(await east.stage.pass())).toEqual([]);
    expect(changesOf(await passOfWest())).toEqual([]);
  });

  test("what the one no longer runs goes, and the other's stays", async () => {
    await east.kubectl("-n", "farm", "scale", "deployment", "web", "--replicas=0");
    await east.settled("farm", 2);
    expect(changesOf(await passOfWest())).toEqual([]);
    expect(changesOf(await east.stage.pass())).toHaveLength(3);
    expect(await east.registered("web")).toEqual(shown((await settledPods(onWest, "farm", 5)).filter(isWeb)));
  });

  test("what nobody in the one claims any more goes once that is forced, and the other's stays", async () => {
    await east.kubectl("-n", "farm", "scale", "deployment", "web", "--replicas=2");
    const ofEast = await east.settled("farm", 4);
    await east.stage.pass();
    expect(changesOf(await passOfWest("[]"))).toEqual([]);
    expect(changesOf(await passOfWest("[]", true))).toHaveLength(3);
    expect(await east.registered("web")).toEqual(shown(ofEast.filter(isWeb)));
  });

  test("an address that both have stays with the first, and the second is told", async () => {
    const ofEast = (await east.settled("farm", 4)).filter(isWeb);
    const addresses = ofEast.map(({ ip }) => ip);
    // All of west's addresses become free, so that it gives east's away once more.
    await onWest("-n", "farm", "scale", "deployment", "web", "--replicas=0");
    await onWest("scale", "deployment", "squatter", "--replicas=0");
    await settledPods(onWest, "farm", 2);
    await addressesAreFree();
    await onWest("-n", "farm", "scale", "deployment", "web", "--replicas=13");
    const both = (await settledPods(onWest, "farm", 15)).filter(({ ip }) => addresses.includes(ip));
    expect(both.length).toBeGreaterThan(0);
    const report = await passOfWest();
    const held = report.services.flatMap((service) => service.held.map(({ id, reason }) => `${reason} ${id}`));
    expect(held).toEqual(both.map(({ ip }) => `foreign ${ip}`).toSorted());
    expect(await east.registered("web")).toEqual(expect.arrayContaining([...shown(ofEast)]));
    expect(changesOf(await east.stage.pass())).toEqual([]);
  });
});

function isWeb({ labels }: { readonly labels: Readonly<Record<string, string>> }): boolean {
  return labels["app"] === "web";
}
