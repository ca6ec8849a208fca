import { describe, expect, test } from "vitest";
import type { Instance, Mapping, Pod } from "../../functions/core/model.ts";
import { plan } from "../support/scene.ts";
import { mapping } from "../support/builders.ts";
import { crowd } from "../support/memory-world.ts";

/**
 * Planning is linear: of ten times as many pods and instances, about ten times as many properties are read. What is compared is
 * how often pods and instances are looked at, as time would depend on the machine; sorting explains the rest.
 */

const FEW = 500;
const MANY = 5_000;
const GENEROUS = 15;

const ports = [mapping({ ports: [8080] })];
type Scene = NonNullable<Parameters<typeof plan>[0]>;
type Parts = { readonly pods: readonly Pod[]; readonly instances: readonly Instance[] };

describe.each<[string, (parts: Parts, count: number) => Scene]>([
  ["nothing to do", (parts) => parts],
  ["all missing", ({ pods }) => ({ pods })],
  ["all gone", ({ instances }) => ({ instances })],
  [
    "none ready but one",
    ({ pods, instances }) => ({ pods: pods.map((one, index) => withState(one, index === 0)), instances }),
  ],
  ["none ready", ({ pods, instances }) => ({ pods: pods.map((one) => withState(one, false)), instances })],
  ["none chosen", ({ pods, instances }) => ({ others: pods, instances })],
  [
    "half chosen",
    ({ pods, instances }, count) => ({ pods: pods.slice(count / 2), others: pods.slice(0, count / 2), instances }),
  ],
  ["all replaced", (parts) => ({ ...parts, mappings: ports, settings: { id: "ip-port" } })],
  ["all on one address", ({ pods }) => ({ pods: pods.map((one) => withIps(one, ["10.0.0.1"])) })],
  ["all foreign", ({ pods, instances }) => ({ pods, instances: instances.map((one) => withOwner(one, "other")) })],
  ["a source that fails", ({ pods, instances }) => ({ others: pods, instances, sources: [FAILED] })],
  ["two mappings that disagree", (parts) => ({ ...parts, mappings: [mapping(), mapping({ ports: [81] })] })],
])("%s", (_, sceneOf) => {
  test("is planned in steps that grow with the number of pods", () => {
    const few = countReads(FEW, sceneOf);
    const many = countReads(MANY, sceneOf);
    expect(few).toBeGreaterThan(FEW);
    expect(many / few).toBeLessThan((GENEROUS * MANY) / FEW / 10);
  });
});

test.each<[string, (index: number) => Partial<Mapping>]>([
  ["disagree", (index) => ({ attributes: { team: String(index) } })],
  ["say the same", () => ({})],
  ["cannot make an instance of it", (index) => ({ ports: mapping({ ports: [`port-${index}`] }).ports })],
])("mappings of one pod that %s are read in steps that grow with their number", (_, wanted) => {
  const readsOf = (count: number) => {
    const { reads, watched } = createWatch();
    const all = Array.from({ length: count }, (__, index) => watched(mapping(wanted(index))));
    plan({ pods: crowd(1).pods, mappings: all });
    return reads();
  };
  expect(readsOf(300) / readsOf(30)).toBeLessThan(GENEROUS);
});

const FAILED = { source: "services", rank: 1, state: "failed", error: new Error("403") } as const;

/** How often a property of any pod or instance is read while the scene is planned. */
function countReads(count: number, sceneOf: (parts: Parts, count: number) => Scene): number {
  const { reads, watched } = createWatch();
  const { pods = [], others = [], instances = [], ...rest } = sceneOf(crowd(count), count);
  plan({ ...rest, pods: pods.map(watched), others: others.map(watched), instances: instances.map(watched) });
  return reads();
}

/** Counts how often a property of what is watched is read. */
function createWatch() {
  let count = 0;
  const watched = <T extends object>(one: T): T =>
    new Proxy(one, {
      get: (target, key, receiver) => {
        count += 1;
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
  return { reads: () => count, watched };
}

function withState(one: Pod, ready: boolean): Pod {
  return { ...one, state: ready ? "ready" : "not-ready" };
}

function withIps(one: Pod, ips: readonly string[]): Pod {
  return { ...one, ips };
}

function withOwner(one: Instance, owner: string): Instance {
  return { ...one, attributes: { ...one.attributes, "eks-cloudmap-sync/owner": owner } };
}
