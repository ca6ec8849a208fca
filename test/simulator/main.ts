import { parseArgs } from "node:util";
import { isNew, isSound } from "./allowed.ts";
import { createClients } from "./clients.ts";
import { generate } from "./generate.ts";
import type { Rule } from "./judge.ts";
import { playMany } from "./many.ts";
import { shrink } from "./shrink.ts";
import { simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    worlds: { type: "string", default: "10000" },
    first: { type: "string", default: "1" },
    seed: { type: "string" },
    all: { type: "boolean", default: false },
    without: { type: "string", default: "" },
    whole: { type: "boolean", default: false },
  },
});

const without = values.without.split(",");
const allowed = (kind: string) => (values.all || isSound(kind)) && !without.includes(kind);
const clients = await createClients();
process.exitCode = values.seed === undefined ? await playAll() : await replay(Number(values.seed));

async function playAll(): Promise<number> {
  const began = performance.now();
  const many = {
    first: Number(values.first),
    count: Number(values.worlds),
    allowed,
    counts: (rule: Rule) => values.all || isNew(rule),
  };
  const { worlds, passes, faults, writes, broken } = await playMany(many, clients, ({ story, violation }) =>
    console.log(`seed ${story.seed}: ${violation.rule}: ${violation.what}`),
  );
  console.log(
    `${worlds} worlds, ${passes} passes, ${faults} faults, ${writes} writes, ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
  console.log(`${worlds - broken} passed, ${broken} failed`);
  return broken === 0 ? 0 : 1;
}

/** Tells a world's story; where it breaks a rule, as short as it can be told. */
async function replay(seed: number): Promise<number> {
  const story = generate(seed, allowed);
  const played = await simulate(story, clients);
  const isBroken = played.violations.length > 0;
  const told = isBroken && !values.whole ? await shrink(story, clients, played) : { story, played };
  console.log(JSON.stringify(told.story.setup));
  console.log(told.played.lines.join("\n"));
  console.log(isBroken ? "0 passed, 1 failed" : "1 passed, 0 failed");
  return isBroken ? 1 : 0;
}
