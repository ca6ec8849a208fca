import { expect, test } from "vitest";
import { messageOf } from "../../functions/core/errors.ts";
import type { ListObjects, Source, SourceRead } from "../../functions/core/ports.ts";
import { SOURCES } from "../../functions/mappings/sources.ts";
import { createListMappings } from "../../functions/runtime/sources.ts";
import { claim } from "../support/builders.ts";

const OFF = { services: false, virtualNodes: false, serviceExports: false };
const claims = [claim()];

test("gives the configuration's claims, whatever else is on", async () => {
  const reads = await createListMappings(claims, [absent("services")], OFF, list)(Infinity);
  expect(reads).toEqual([{ source: "configuration", rank: 0, state: "read", claims, broken: [] }]);
});

test("reads the sources that are on, and asks nothing of those that are off", async () => {
  const sources = [reading("services"), failing("virtualNodes"), reading("serviceExports")];
  const reads = await createListMappings(
    [],
    sources,
    { ...OFF, services: "auto", serviceExports: true },
    list,
  )(Infinity);
  expect(reads.map(({ source, state }) => [source, state])).toEqual([
    ["configuration", "read"],
    ["services", "read"],
    ["serviceExports", "read"],
  ]);
});

test("takes the absence of a kind as it comes on auto", async () => {
  const reads = await createListMappings(
    [],
    [absent("virtualNodes")],
    { ...OFF, virtualNodes: "auto" },
    list,
  )(Infinity);
  expect(reads[1]).toMatchObject({ source: "virtualNodes", rank: 1, state: "absent", error: undefined });
});

test("names the missing definition and the remedy where a kind must be there", async () => {
  const reads = await createListMappings([], [absent("virtualNodes")], { ...OFF, virtualNodes: true }, list)(Infinity);
  expect(reads[1]?.state).toBe("absent");
  expect(errorOf(reads[1])).toContain("the cluster serves no virtualnodes.appmesh.k8s.aws; install");
  expect(errorOf(reads[1])).toContain("or set `sources.virtualNodes` to auto or false");
});

test("keeps a source's failure its own, with what it said", async () => {
  const sources = [failing("services"), reading("virtualNodes")];
  const reads = await createListMappings(
    claims,
    sources,
    { ...OFF, services: true, virtualNodes: true },
    list,
  )(Infinity);
  expect(reads.map(({ state }) => state)).toEqual(["read", "failed", "read"]);
  expect(errorOf(reads[1])).toBe("`sources.services`: no right to list them");
});

const list: ListObjects = () => Promise.resolve({ state: "absent" });

function reading(name: string): Source {
  return { ...tableRow(name), read: () => Promise.resolve({ state: "read", claims, broken: [] }) };
}

function absent(name: string): Source {
  return { ...tableRow(name), read: () => Promise.resolve({ state: "absent" }) };
}

function failing(name: string): Source {
  return { ...tableRow(name), read: () => Promise.reject(new Error("no right to list them")) };
}

function tableRow(name: string): Source {
  const found = SOURCES.find((source) => source.name === name);
  if (found === undefined) throw new Error(`no source ${name}`);
  return found;
}

function errorOf(read: SourceRead | undefined): string {
  return read !== undefined && "error" in read && read.error !== undefined ? messageOf(read.error) : "";
}
