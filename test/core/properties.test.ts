import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { composeAttributes, INIT_HEALTH_KEY, OWNER_KEY } from "../../functions/core/attributes.ts";
import { matchesAny } from "../../functions/core/globs.ts";
import { isAt, ownershipOf, podOf } from "../../functions/core/instances.ts";
import { podName } from "../../functions/core/model.ts";
import type { Attributes, Instance, Pod } from "../../functions/core/model.ts";
import type { Plan } from "../../functions/core/plan.ts";
import { reconcile } from "../../functions/core/reconcile.ts";
import type { Decided } from "../../functions/core/hold.ts";
import { isChosenBy, shuffled, smallWorld } from "../support/arbitraries.ts";
import type { SmallWorld } from "../support/arbitraries.ts";
import { plan } from "../support/scene.ts";
import { claims, request } from "../support/builders.ts";
import { createMemoryWorld, makeChange, memoryCluster, memoryRegistry } from "../support/memory-world.ts";

const RUNS = { numRuns: 1_500 };

test.prop([smallWorld], RUNS)(
  "what a plan has made, the next plan leaves alone, but for what the guard held",
  (world) => {
    const first = planOf(world);
    const second = planOf({ ...world, instances: applied(world.instances, first) });
    const guarded = first.held.flatMap(({ reason, id }) => (reason === "guard" ? [`deregister ${id}`] : []));
    expect(second.changes.map(({ kind, id }) => `${kind} ${id}`).filter((one) => !guarded.includes(one))).toEqual([]);
    const third = planOf({ ...world, instances: applied(applied(world.instances, first), second) });
    expect(third.changes).toEqual([]);
  },
);

test.prop([smallWorld], RUNS)("foreign instances are in no change", (world) => {
  const foreign = world.instances.filter((instance) => {
    const ownership = ownershipOf(instance, world.settings);
    return ownership === "foreign" || (ownership === "app-mesh" && world.settings.adopt.appMesh === "off");
  });
  const changed = new Set(planOf(world).changes.map(({ id }) => id));
  expect(foreign.filter(({ id }) => changed.has(id))).toEqual([]);
});

test.prop(
  [
    smallWorld.chain((world) =>
      fc
        .record({
          pods: shuffled(world.pods),
          mappings: shuffled(world.mappings),
          instances: shuffled(world.instances),
        })
        .map((other) => [world, { ...world, ...other }] as const),
    ),
  ],
  RUNS,
)("the order of what is read does not matter", ([world, other]) => {
  expect(planOf(other)).toEqual(planOf(world));
});

test.prop([smallWorld], RUNS)("no id is changed twice, but for its health", (world) => {
  const ids = planOf(world).changes.flatMap(({ kind, id }) => (kind === "set-health" ? [] : [id]));
  expect(new Set(ids).size).toBe(ids.length);
});

test.prop([smallWorld], { numRuns: 1_000 })(
  "at every write of a pass, each ready pod that was served before still is",
  async (world) => {
    const instances = memoryRegistry({ web: world.instances });
    const held = () => [...(instances.get("web")?.values() ?? [])];
    const before = servedPods(world, held());
    const lost: string[] = [];
    const look = () => lost.push(...before.filter((name) => !servedPods(world, held()).includes(name)));
    const sources = [
      claims(...world.mappings.map((one) => ({ ...one, namespace: undefined, service: "web", from: undefined }))),
    ];
    await reconcile(
      request({ force: true }),
      createMemoryWorld(memoryCluster(...world.pods), instances, sources, world.settings, {
        kindOf: () => world.kind,
        before: async ({ kind }) => {
          if (kind === "write") look();
        },
      }),
    );
    look();
    expect(lost).toEqual([]);
  },
);

const key = fc.oneof(
  fc.constantFrom("app", OWNER_KEY, "AWS_INSTANCE_PORT", "größe"),
  fc.string({ minLength: 1, maxLength: 300, unit: "grapheme-ascii" }),
);
const attributes: fc.Arbitrary<Attributes> = fc.dictionary(
  key,
  fc.string({ maxLength: 1100, unit: "grapheme-ascii", size: "max" }),
  { maxKeys: 40, size: "max" },
);

test.prop([attributes, attributes])("composed attributes keep within Cloud Map's limits", (labels, mapping) => {
  const composed = composeAttributes({ labels, mapping, core: { "k8s.io/pod": "web-1" }, carried: {} });
  if ("problem" in composed) return;
  const entries = Object.entries({ ...composed.attributes, [INIT_HEALTH_KEY]: "UNHEALTHY" });
  expect(entries.filter(([name]) => !name.startsWith("AWS_")).length).toBeLessThanOrEqual(30);
  expect(entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0)).toBeLessThanOrEqual(5000);
  expect(entries.filter(([name, value]) => name.length > 255 || value.length > 1024 || value === "")).toEqual([]);
});

const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
const globs = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 6 });

test.prop([letters, globs], { numRuns: 2_000 })(
  "a glob means what the regular expression of it means",
  (text, glob) => {
    expect(matchesAny(text, [glob])).toBe(new RegExp(`^${glob.replaceAll("*", ".*")}$`).test(text));
  },
);

function planOf(world: SmallWorld): Plan & Decided {
  const { pods, mappings } = world;
  const selections = mappings.map((one) => ({ mapping: one, pods: pods.filter((each) => isChosenBy(one, each)) }));
  return plan({ ...world, selections, others: pods });
}

function applied(instances: readonly Instance[], { changes }: Decided): readonly Instance[] {
  const held = new Map(instances.map((one) => [one.id, one]));
  for (const change of changes) makeChange(held, change);
  return [...held.values()];
}

/** Ready pods that some mapping chooses and an instance stands for: their own, or on the host network that of another such pod. */
function servedPods({ pods, mappings }: SmallWorld, instances: readonly Instance[]): readonly string[] {
  const chosen = pods.filter((one) => one.state !== "gone" && mappings.some((mapping) => isChosenBy(mapping, one)));
  const standsFor = (instance: Instance, one: Pod) =>
    isAt(instance, one.ips) &&
    chosen.some(({ key: { namespace, name }, ips }) => {
      const told = podOf(instance);
      return told !== undefined && podName(told) === podName({ namespace, name }) && isAt(instance, ips);
    });
  return chosen
    .filter((one) => one.state === "ready" && instances.some((instance) => standsFor(instance, one)))
    .map((one) => podName(one.key));
}
