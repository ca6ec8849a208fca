import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundleFolder } from "../../infra/bundles.ts";
import type { FunctionName } from "../../infra/functions.ts";

test("a bundle is found where it is built", () => {
  expect(existsSync(join(bundleFolder("scheduled-reconcile"), "index.mjs"))).toBe(true);
});

test("one that is missing is told of, with where it was looked for and what to run", () => {
  expect(() => bundleFolder("unheard-of" as FunctionName)).toThrow(
    /the bundle of unheard-of is missing \(.*dist\/functions\/unheard-of\/index\.mjs.*run `npm run bundle`/,
  );
});
