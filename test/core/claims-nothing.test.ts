import { expect, test } from "vitest";
import { claimsNothing } from "../../functions/core/claims-nothing.ts";
import { settings } from "../support/builders.ts";

const { sources } = settings();
const OFF = Object.fromEntries(Object.keys(sources).map((name) => [name, false])) as typeof sources;
const mapping = { service: "web", pods: { namespace: "shop" }, attributes: {} };

test.each([
  ["neither a mapping nor a source", { mappings: [], sources: OFF }, true],
  ["a mapping", { mappings: [mapping], sources: OFF }, false],
  ["a source", { mappings: [], sources: { ...OFF, services: true } }, false],
  ["a source that may be there", { mappings: [], sources: { ...OFF, virtualNodes: "auto" as const } }, false],
])("a document with %s can claim nothing: %s", (_, document, expected) => {
  expect(claimsNothing(document)).toBe(expected);
});
