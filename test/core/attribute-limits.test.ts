import { expect, test } from "vitest";
import { canBeAttribute, composeAttributes } from "../../functions/core/attributes.ts";

/** Cloud Map takes 5,000 characters of keys and values for one instance; 118 are kept free for a zone and a first health that may come later. */

const MOST = 5_000;
const KEPT_FREE = 118;
const carried = Object.fromEntries(["c0", "c1", "c2", "c3"].map((key) => [key, "x".repeat(1_000)]));
const CARRIED = 4 * 1_002;
const composed = (length: number) =>
  composeAttributes({ labels: {}, mapping: { k: "x".repeat(length) }, core: {}, carried });

test("keys and values together may take all of the room, and not one character more", () => {
  const room = MOST - KEPT_FREE - CARRIED - "k".length;
  expect(composed(room)).toMatchObject({ dropped: [] });
  expect(composed(room + 1)).toMatchObject({
    problem: expect.stringMatching(/^attribute k does not fit.*room for REGION and AVAILABILITY_ZONE/),
  });
});

test.each([
  ["app", "web", true],
  ["app", "", false],
  ["AWS_INSTANCE_PORT", "80", false],
  ["eks-cloudmap-sync/owner", "me", false],
  ["app", "größe", false],
  ["my app", "web", false],
])("whether the label %s=%s can be an attribute", (key, value, expected) => {
  expect(canBeAttribute(key, value)).toBe(expected);
});
