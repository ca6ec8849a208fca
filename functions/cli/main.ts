#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";
import { listenForInterrupts } from "./interrupts.ts";
import { nodeProblem } from "./node-problem.ts";

// A young generation that grows to 16 MB takes a third of a plan's memory over 10,000 pods, and saves it no time.
setFlagsFromString("--semi-space-growth-factor=1");
const interrupts = listenForInterrupts();
// Everything else is imported only then: an older Node.js would fail at what it does not know, and not say why.
const problem = nodeProblem(process.versions.node);
if (problem === undefined) await (await import("./start.ts")).start(interrupts);
else {
  process.stderr.write(`error: ${problem}\n`);
  process.exitCode = 1;
}
