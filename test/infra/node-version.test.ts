import { expect, test } from "vitest";
import { requireNode } from "../../infra/node-version.ts";
import packageJson from "../../package.json" with { type: "json" };

test.each(["20.20.0", "22.11.1", "8.10.0"])("Node %s is refused by its name", (version) => {
  expect(() => requireNode(version)).toThrow(`needs Node 22.12 or later, and this is ${version}`);
});

test.each(["22.12.0", "24.21.0", "100.0.0"])("Node %s will do", (version) => {
  expect(() => requireNode(version)).not.toThrow();
});

test("the package asks npm for the same", () => {
  expect(packageJson.engines.node).toBe(">=22.12");
});
