#!/usr/bin/env node
import { listenForInterrupts } from "./interrupts.ts";
import { nodeProblem } from "./node-problem.ts";

const interrupts = listenForInterrupts();
// Everything else is imported only then: an older Node.js would fail at what it does not know, and not say why.
const problem = nodeProblem(process.versions.node);
if (problem === undefined) await (await import("./start.ts")).start(interrupts);
else {
  process.stderr.write(`error: ${problem}\n`);
  process.exitCode = 1;
}
