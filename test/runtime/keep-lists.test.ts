import { expect, test } from "vitest";
import type { Cluster, NodesRead, SourceRead } from "../../functions/core/ports.ts";
import { keepLists } from "../../functions/runtime/keep-lists.ts";
import { claim, claims, NO_NODES } from "../support/builders.ts";

const KEPT = { fresh: false };

test("mappings are kept for a minute, nodes for ten seconds", async () => {
  const { cluster, lists, pass } = open();
  const look = () => Promise.all([cluster.listMappings(Infinity, KEPT), cluster.listNodes(Infinity, KEPT)]);
  await look();
  pass(9_999);
  await look();
  expect(lists()).toEqual({ mappings: 1, nodes: 1 });
  pass(1);
  await look();
  expect(lists()).toEqual({ mappings: 1, nodes: 2 });
  pass(50_000);
  await look();
  expect(lists()).toEqual({ mappings: 2, nodes: 3 });
});

test("whoever does not say that older ones serve gets them as they are", async () => {
  const { cluster, lists } = open();
  await cluster.listMappings(Infinity, KEPT);
  await cluster.listMappings(Infinity);
  await cluster.listNodes(Infinity);
  await cluster.listNodes(Infinity);
  expect(lists()).toEqual({ mappings: 2, nodes: 2 });
});

test("what could not be read is not kept", async () => {
  const failed: SourceRead = { source: "services", rank: 1, state: "failed", error: new Error("503") };
  const { cluster, lists } = open([claims(claim()), failed], { state: "unreadable", warning: "no right" });
  for (let pass = 0; pass < 3; pass++) {
    await cluster.listMappings(Infinity, KEPT);
    await cluster.listNodes(Infinity, KEPT);
  }
  expect(lists()).toEqual({ mappings: 3, nodes: 3 });
});

function open(sources: readonly SourceRead[] = [claims(claim())], read: NodesRead = NO_NODES) {
  let [at, mappings, nodes] = [0, 0, 0];
  const listed: Cluster = {
    listMappings: async () => {
      mappings += 1;
      return sources;
    },
    listNodes: async () => {
      nodes += 1;
      return read;
    },
    listPods: async () => new Map(),
    hasAnyPod: async () => true,
  };
  return {
    cluster: keepLists(listed, () => at),
    lists: () => ({ mappings, nodes }),
    pass: (milliseconds: number) => {
      at += milliseconds;
    },
  };
}
