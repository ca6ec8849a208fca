import { expect, test } from "vitest";
import { nodeProblem } from "../../functions/cli/node-problem.ts";

test.each(["22.12.0", "22.21.1", "24.0.0"])("Node.js %s will do", (version) => {
  expect(nodeProblem(version)).toBeUndefined();
});

test.each(["18.20.8", "20.20.2", "22.11.0"])("Node.js %s is refused in a sentence", (version) => {
  expect(nodeProblem(version)).toBe(`eks-cloudmap-sync needs Node 22.12 or later; this is ${version}`);
});
