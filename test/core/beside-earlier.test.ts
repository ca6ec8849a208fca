import { expect, test } from "vitest";
import { podName } from "../../functions/core/model.ts";
import { claim, claims, CLUSTER, instance, OWNER, pod } from "../support/builders.ts";
import { heldOf, livingOf, passOfEarlierVersion } from "../support/earlier-version.ts";
import { pass, writesOf } from "../support/memory-pass.ts";
import { memoryCluster, memoryRegistry } from "../support/memory-world.ts";
import type { MemoryCluster, MemoryRegistry } from "../support/memory-world.ts";

/** During a deployment or a roll-back both versions run. To the earlier one the cluster's key is drift: it writes instances without. */

const STEPS = 6;
const SEQUENCES = Array.from({ length: 2 ** STEPS }, (_, bits) =>
  Array.from({ length: STEPS }, (_unused, step) => ((bits >> step) & 1) === 1),
);

test.each([
  ["the cluster's ARN", OWNER],
  ["a name, through a kubeconfig", "team-a"],
])(
  "in any order of the two versions' passes no instance is lost, and none is left over: owner is %s",
  async (_what, owner) => {
    for (const sequence of SEQUENCES) {
      const { pods, registry } = begin();
      for (const [step, isEarlier] of sequence.entries()) {
        replacePod(pods, step);
        const before = heldOf(registry, "web");
        await (isEarlier ? earlier(pods, registry, owner) : later(pods, registry, owner));
        const held = heldOf(registry, "web");
        expect({ sequence, held: held.filter(ofLiving(pods)) }).toEqual({ sequence, held: livingOf(pods) });
        // What it left over was there before: of a pod that is gone, without the key, through a kubeconfig.
        expect(held.filter((one) => !ofLiving(pods)(one) && !before.includes(one))).toEqual([]);
      }
      for (const isEarlier of [false, true, false]) {
        const run = isEarlier ? earlier : later;
        await run(pods, registry, owner);
        expect({ sequence, isEarlier, written: await run(pods, registry, owner) }).toEqual({
          sequence,
          isEarlier,
          written: [],
        });
      }
    }
  },
);

test("once the earlier version has gone, each instance is written once, with the key, and never again", async () => {
  const { pods, registry } = begin();
  await earlier(pods, registry, OWNER);
  expect(await later(pods, registry, OWNER)).toEqual(["web: register 10.0.0.1", "web: register 10.0.0.2"]);
  expect(
    [...(registry.get("web")?.values() ?? [])].map(({ attributes }) => attributes["eks-cloudmap-sync/cluster"]),
  ).toEqual([CLUSTER, CLUSTER]);
  expect(await later(pods, registry, OWNER)).toEqual([]);
});

test("a key under eks-cloudmap-sync/ that a later version writes is carried over, and no drift", async () => {
  const pods = memoryCluster(pod({ labels: { app: "web", tier: "b" } }));
  const key = "eks-cloudmap-sync/of-a-later-version";
  const registry = memoryRegistry({ web: [instance({ attributes: { [key]: "x", tier: "b" } })] });
  expect(await later(pods, registry, OWNER)).toEqual([]);
  pods.set("shop/web-1", pod({ labels: { app: "web", tier: "c" } }));
  expect(await later(pods, registry, OWNER)).toEqual(["web: register 10.0.0.1"]);
  expect(registry.get("web")?.get("10.0.0.1")?.attributes).toMatchObject({ [key]: "x", tier: "c" });
});

function begin(): { readonly pods: MemoryCluster; readonly registry: MemoryRegistry } {
  const pods = memoryCluster(pod({ name: "web-1", ip: "10.0.0.1" }), pod({ name: "web-2", ip: "10.0.0.2" }));
  return { pods, registry: memoryRegistry({ web: [] }) };
}

/** The oldest pod goes, and another comes. */
function replacePod(pods: MemoryCluster, step: number): void {
  const [oldest = ""] = pods.keys();
  pods.delete(oldest);
  const added = pod({ name: `web-${step + 3}`, ip: `10.0.0.${step + 3}` });
  pods.set(podName(added.key), added);
}

function ofLiving(pods: MemoryCluster): (held: string) => boolean {
  const living = new Set(livingOf(pods));
  return (held) => living.has(held);
}

async function earlier(pods: MemoryCluster, registry: MemoryRegistry, owner: string): Promise<readonly string[]> {
  return passOfEarlierVersion(pods, registry, { service: "web", owner });
}

async function later(pods: MemoryCluster, registry: MemoryRegistry, owner: string): Promise<readonly string[]> {
  const { calls } = await pass({ pods, registry, sources: [claims(claim())], settings: { owner, tagOwner: owner } });
  return writesOf(calls);
}
