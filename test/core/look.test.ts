import { expect, test } from "vitest";
import { beginLook } from "../../functions/core/look.ts";
import type { Pod, PodQuery, Read } from "../../functions/core/model.ts";
import { node, nodes, pod, settings } from "../support/builders.ts";
import { createMemoryWorld, memoryCluster, memoryRegistry } from "../support/memory-world.ts";
import type { Hooks } from "../support/memory-world.ts";
import { queriesOf } from "../support/memory-pass.ts";
import type { PortCall } from "../support/memory-world.ts";

/** What one round lists, and what is cut out of it. */

const of = (labelSelector: string, namespace = "shop"): PodQuery => ({ namespace, labelSelector });
const EVERYTHING = of("");
const APPS = ["a", "b", "c", "d"];
const pods = APPS.map((app, index) => pod({ name: `${app}-1`, ip: `10.0.0.${index}`, labels: { app } }));

type Wanted = Partial<Omit<Parameters<typeof beginLook>[0], "queries">> & { readonly hooks?: Partial<Hooks> };

function look(queries: readonly PodQuery[], { hooks, ...wanted }: Wanted = {}) {
  const calls: PortCall[] = [];
  const before = async (call: PortCall) => void calls.push(call);
  const world = createMemoryWorld(memoryCluster(...pods), memoryRegistry({}), [], settings(), { ...hooks, before });
  const rest = { known: queries, keep: (labels: Pod["labels"]) => labels, needsNodes: false, fresh: false, ...wanted };
  return { calls, ...beginLook({ queries, ...rest }, 1_000_000, world) };
}

const namesOf = (read: Read<readonly Pod[]>) =>
  "value" in read ? read.value.map(({ key }) => key.name) : read.failure.message;

test("three selectors of a Kubernetes namespace are asked for as they are", async () => {
  const queries = APPS.slice(0, 3).map((app) => of(`app=${app}`));
  const { calls, podsOf } = look(queries);
  expect(namesOf(await podsOf(of("app=b")))).toEqual(["b-1"]);
  expect(queriesOf(calls)).toEqual(queries);
});

test("for more it is listed once, and each selects its pods out of the list", async () => {
  const queries = [...APPS.map((app) => of(`app=${app}`)), of("app in (a,d)"), of("app!=a"), of("app=e")];
  const { calls, podsOf } = look(queries);
  expect(await Promise.all(queries.map(async (query) => namesOf(await podsOf(query))))).toEqual([
    ["a-1"],
    ["b-1"],
    ["c-1"],
    ["d-1"],
    ["a-1", "d-1"],
    ["b-1", "c-1", "d-1"],
    [],
  ]);
  expect(namesOf(await podsOf(of("app=a,tier=x")))).toEqual([]);
  expect(queriesOf(calls)).toEqual([EVERYTHING]);
});

test("four of many that claims have are asked for as they are: the list would hold all the others' pods", async () => {
  const known = Array.from({ length: 40 }, (_, index) => of(`app=${index}`));
  const { calls } = look(known.slice(0, 4), { known });
  expect(queriesOf(calls)).toHaveLength(4);
  expect(queriesOf(look(known.slice(0, 5), { known }).calls)).toEqual([EVERYTHING]);
});

test("where one asks for every pod, nothing else of its Kubernetes namespace is asked for", async () => {
  const { calls, podsOf, sight } = look([of("app=a"), EVERYTHING, EVERYTHING]);
  expect(namesOf(await podsOf(of("app=a")))).toEqual(["a-1"]);
  expect(namesOf(await podsOf(EVERYTHING))).toEqual(["a-1", "b-1", "c-1", "d-1"]);
  expect((await sight("shop")).isComplete).toBe(true);
  expect(queriesOf(calls)).toEqual([EVERYTHING]);
});

test("one pod that is asked for by its name is not its whole Kubernetes namespace", async () => {
  const byName = { ...EVERYTHING, name: "a-1" };
  const { calls, sight } = look([byName, of("app=b")]);
  expect((await sight("shop")).isComplete).toBe(false);
  expect(queriesOf(calls)).toEqual([byName, of("app=b")]);
});

test("load balancers are listed by nobody: the claims show them", async () => {
  const { calls } = look([{ kind: "Service", namespace: "shop", name: "web", labelSelector: "" }]);
  expect(calls).toEqual([]);
});

test("a list that fails is the failure of all that would be cut out of it, and shows no pod", async () => {
  for (const queries of [[EVERYTHING, of("app=a")], [of("app=a")]]) {
    const { podsOf, sight } = look(queries, { hooks: { listFailure: () => new Error("forbidden") } });
    expect(namesOf(await podsOf(of("app=a")))).toBe("forbidden");
    expect((await sight("shop")).byName.size).toBe(0);
  }
});

test("what was not listed is a failure that says so, and is not empty", async () => {
  const { podsOf, sight } = look([EVERYTHING]);
  expect(namesOf(await podsOf(of("", "bank")))).toBe("the pods of bank were not listed");
  expect((await sight("bank")).isComplete).toBe(false);
});

test("nothing is looked up where nothing is asked for", async () => {
  const { calls, lookUp } = look([]);
  expect(await lookUp([])).toEqual([]);
  expect(await lookUp([{ ...EVERYTHING, name: "a-1" }])).toMatchObject([
    { read: { value: [{ key: { name: "a-1" } }] } },
  ]);
  expect(queriesOf(calls)).toHaveLength(1);
});

test.each<[string, boolean, number, boolean, number]>([
  ["which were asked for just now", true, 1_000, true, 1],
  ["whose list took longer", true, 1_001, true, 2],
  ["which may be from before", false, 0, true, 2],
  ["which may be from before, where no pod is called unready that serves", false, 0, false, 1],
])("nodes %s: how often they are read", async (_, fresh, took, isUnexplained, expected) => {
  let time = 5_000;
  const read = nodes(node());
  const { calls, nodesSince, listedAt } = look([], {
    needsNodes: true,
    fresh,
    hooks: { now: () => time, nodes: read },
  });
  expect(listedAt).toBe(5_000);
  time += took;
  const serving = { ...pod(), state: isUnexplained ? "not-ready" : "ready", containersReady: true } as const;
  await nodesSince([pod(), serving]);
  const view = await nodesSince([pod(), serving]);
  expect(view.isUnexplained(serving)).toBe(isUnexplained);
  expect(calls.filter(({ kind }) => kind === "list-nodes")).toHaveLength(expected);
});
