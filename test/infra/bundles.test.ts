import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundleFolder } from "../../infra/bundles.ts";

test("the bundles are found where they are built, without their source maps", () => {
  expect(existsSync(join(bundleFolder(), "scheduled-reconcile.mjs"))).toBe(true);
  expect(existsSync(join(bundleFolder(), "scheduled-reconcile.mjs.map"))).toBe(false);
});

test("where they are missing the error says where they were looked for and what to run", () => {
  expect(() => bundleFolder(["/nowhere"])).toThrow(
    /bundles of the functions are missing \(\/nowhere\).*npm run bundle/,
  );
});
