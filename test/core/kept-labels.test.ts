import * as fc from "fast-check";
import { expect, test } from "vitest";
import { composeAttributes, selectLabels } from "../../functions/core/attributes.ts";
import { keepLabels, MOST_LABELS } from "../../functions/core/kept-labels.ts";
import type { Attributes, LabelGlobs } from "../../functions/core/model.ts";
import { readSelector } from "../../functions/core/selectors.ts";
import { claim, claims } from "../support/builders.ts";

const ALL = { labels: { include: ["*"], exclude: [] } };
const many = (count: number, prefix = "team") =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}-${String(n).padStart(4, "0")}`, `v${n}`]));

test("labels of a usual pod are kept as they are", () => {
  const labels = { ...many(MOST_LABELS - 1), "pod-template-hash": "" };
  expect(keepLabels([], ALL)(labels)).toBe(labels);
});

test("of more, those are kept that can become attributes, the first as attributes keep them", () => {
  const labels = { ...many(2_000), "a.example.com/x": "1", "pod-template-hash": "5", "k8s.io/pod": "x", a: "", b: "2" };
  const kept = Object.keys(keepLabels([], ALL)(labels));
  expect(kept).toHaveLength(MOST_LABELS);
  expect(kept.slice(0, 2)).toEqual(["b", "team-0000"]);
});

test("what the document or a claim lets through is kept before what nobody asks for", () => {
  const labels = { ...many(2_000), "zone-a": "1", "zone-b": "2" };
  const none = { labels: { include: [], exclude: [] } };
  expect(keepLabels([], { labels: { include: ["zone-*"], exclude: ["zone-b"] } })(labels)).toEqual({ "zone-a": "1" });
  const byClaim = claim({ labels: { include: ["zone-b"], exclude: [] } });
  expect(keepLabels([claims(byClaim)], none)(labels)).toEqual({ "zone-b": "2" });
});

test("what a selector asks for is kept, whatever becomes of it", () => {
  const labels = { ...many(2_000), tier: "x".repeat(63), zz: "" };
  const picky = claim({ pods: { namespace: "shop", labelSelector: "tier notin (a, b),!zz,team-1999>1" } });
  const kept = keepLabels([claims(picky)], { labels: { include: [], exclude: [] } })(labels);
  expect(Object.keys(kept).toSorted()).toEqual(["team-1999", "tier", "zz"]);
});

const word = fc.stringMatching(/^[a-f]{1,4}$/);
test("selectors and attributes come out as of all labels", () => {
  const labelsOf = fc.dictionary(word, word, { minKeys: MOST_LABELS + 1, maxKeys: 3 * MOST_LABELS });
  const excluded = fc.array(word, { maxLength: 3 });
  const asked = fc.array(word, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(labelsOf, excluded, asked, (labels, exclude, keys) => {
      const globs = { include: ["*"], exclude };
      const labelSelector = keys.map((key, n) => (n % 2 === 0 ? `!${key}` : `${key} notin (a, b)`)).join(",");
      const all = [claims(claim({ pods: { namespace: "shop", labelSelector } }))];
      const kept = keepLabels(all, { labels: globs })(labels);
      expect(readSelector(labelSelector)(kept)).toBe(readSelector(labelSelector)(labels));
      expect(attributesOf(kept, globs)).toEqual(attributesOf(labels, globs));
    }),
    { numRuns: 30 },
  );
});

function attributesOf(labels: Attributes, globs: LabelGlobs) {
  const composed = composeAttributes({ labels: selectLabels(labels, globs), mapping: {}, core: {}, carried: {} });
  return "attributes" in composed ? composed.attributes : composed;
}
