import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingParts } from "../support/control-plane.ts";
import { addressesAreFree, openCluster, shown } from "./fixture.ts";
import type { Cluster } from "./fixture.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

const DOCUMENT = `cluster: farm
owner: farm
namespaces: [howto-k8s-cloudmap.pvt.aws.local]
mappings:
  - { service: web, pods: { namespace: farm, selector: app=web } }
  - { service: api, pods: { namespace: farm, selector: app=api } }
  - { service: db, pods: { namespace: farm, selector: app=db } }
  - { service: host, pods: { namespace: farm, selector: app=host } }
`;

describe.skipIf(missing !== undefined)("workloads on a real control plane", () => {
  let cluster: Cluster;

  beforeAll(async () => {
    const manifest = readFileSync("test/support/manifests/farm.yaml", "utf8");
    cluster = await openCluster({ document: DOCUMENT, manifest });
    await cluster.settled("farm", 5);
    await cluster.changes();
  });
  afterAll(() => cluster?.close());

  test("an IP that another pod of the service takes over is registered once more, and never removed", async () => {
    const { kubectl, settled, changes, registered } = cluster;
    const before = await registered("web");
    await kubectl("-n", "farm", "scale", "deployment", "web", "--replicas=2");
    await settled("farm", 4);
    await addressesAreFree();
    await kubectl("-n", "farm", "scale", "deployment", "web", "--replicas=3");
    const after = shown((await settled("farm", 5)).filter(({ labels }) => labels["app"] === "web"));
    const [replaced, ...others] = before.filter((line) => !after.includes(line)).map((line) => line.split(" ")[0]);
    expect(others).toEqual([]);
    expect(await changes()).toEqual([`register ${replaced} drifted`]);
    expect(await registered("web")).toEqual(after);
  });

  test("an IP that another service's pod takes over moves from the one service to the other", async () => {
    const { kubectl, settled, changes, registered } = cluster;
    const before = await registered("web");
    await kubectl("-n", "farm", "scale", "deployment", "web", "--replicas=2");
    const left = shown((await settled("farm", 4)).filter(({ labels }) => labels["app"] === "web"));
    await addressesAreFree();
    const [gone] = before.filter((line) => !left.includes(line)).map((line) => line.split(" ")[0]);
    await kubectl("-n", "farm", "run", "api", "--image=api", "--labels=app=api");
    const api = (await settled("farm", 5)).find(({ name }) => name === "api");
    expect(api?.ip).toBe(gone);
    expect(await changes()).toEqual([`register ${gone} missing`, `deregister ${gone} pod-gone`]);
    expect(await registered("web")).toEqual(left);
    expect(await registered("api")).toEqual([`${gone} api`]);
  });

  test("a StatefulSet that is rolled is mirrored, pod for pod", async () => {
    const { kubectl, settled, registered } = cluster;
    await kubectl("-n", "farm", "rollout", "restart", "statefulset", "db");
    await kubectl("-n", "farm", "rollout", "status", "statefulset", "db", "--timeout=60s");
    const pods = (await settled("farm", 5)).filter(({ labels }) => labels["app"] === "db");
    await cluster.changes();
    expect(await registered("db")).toEqual(shown(pods));
    expect(await cluster.changes()).toEqual([]);
  });

  test("a StatefulSet's pod that returns with another IP is gone at the old one", async () => {
    const { kubectl, settled, registered } = cluster;
    const old = (await registered("db")).map((line) => line.split(" ")[0] ?? "");
    await kubectl("-n", "farm", "scale", "statefulset", "db", "--replicas=0");
    await settled("farm", 3);
    // They take the addresses, and are nobody's instances.
    let squatters = 0;
    for (let taken: readonly string[] = []; !old.every((ip) => taken.includes(ip)); squatters++) {
      await kubectl("-n", "farm", "run", `squatter-${squatters}`, "--image=squatter", "--labels=app=squatter");
      taken = (await settled("farm", 4 + squatters)).map(({ ip }) => ip);
    }
    await kubectl("-n", "farm", "scale", "statefulset", "db", "--replicas=2");
    const pods = (await settled("farm", 5 + squatters)).filter(({ labels }) => labels["app"] === "db");
    expect(pods.map(({ name }) => name)).toEqual(["db-0", "db-1"]);
    expect(pods.filter(({ ip }) => old.includes(ip))).toEqual([]);
    const changes = await cluster.changes();
    expect(changes.filter((line) => line.startsWith("deregister")).toSorted()).toEqual(
      old.map((ip) => `deregister ${ip} pod-gone`).toSorted(),
    );
    expect(await registered("db")).toEqual(shown(pods));
    await kubectl("-n", "farm", "delete", "pods", "-l", "app=squatter");
    await settled("farm", 5);
  });

  test("a Deployment that is scaled to zero leaves no instance, however many they were", async () => {
    const { kubectl, settled, registered } = cluster;
    await kubectl("-n", "farm", "scale", "deployment", "web", "--replicas=15");
    await settled("farm", 18);
    await cluster.changes();
    expect(await registered("web")).toHaveLength(15);
    await kubectl("-n", "farm", "scale", "deployment", "web", "--replicas=0");
    await settled("farm", 3);
    expect(await cluster.changes()).toHaveLength(15);
    expect(await registered("web")).toEqual([]);
  });

  test("pods of the host network that share an IP are one instance, named by the oldest", async () => {
    const { kubectl, settled, changes, registered } = cluster;
    await kubectl("-n", "farm", "scale", "deployment", "host", "--replicas=1");
    const [oldest] = (await settled("farm", 4)).filter(({ labels }) => labels["app"] === "host");
    expect(await changes()).toEqual([`register ${oldest?.ip} missing`]);
    // The API's times have whole seconds.
    await sleep(1_100);
    await kubectl("-n", "farm", "scale", "deployment", "host", "--replicas=3");
    const pods = (await settled("farm", 6)).filter(({ labels }) => labels["app"] === "host");
    expect(new Set(pods.map(({ ip }) => ip)).size).toBe(1);
    expect(await changes()).toEqual([]);
    expect(await registered("host")).toEqual([`${oldest?.ip} ${oldest?.name}`]);
    await kubectl("-n", "farm", "delete", "pod", oldest?.name ?? "", "--wait");
    await settled("farm", 6);
    expect(await changes()).toEqual([`register ${oldest?.ip} drifted`]);
    await kubectl("-n", "farm", "scale", "deployment", "host", "--replicas=0");
    await settled("farm", 3);
    expect(await changes()).toEqual([`deregister ${oldest?.ip} pod-gone`]);
  });
});
