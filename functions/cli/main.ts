#!/usr/bin/env node
import { nodeProblem } from "./node-problem.ts";

// Everything else is imported only then: an older Node.js would fail at what it does not know, and not say why.
const problem = nodeProblem(process.versions.node);
if (problem === undefined) await import("./start.ts");
else {
  process.stderr.write(`error: ${problem}\n`);
  process.exitCode = 1;
}
