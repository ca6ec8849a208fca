import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { createClients } from "./clients.ts";
import { generate } from "./generate.ts";
import type { Broken, Many, Total } from "./many.ts";
import { shrink } from "./shrink.ts";
import { simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    worlds: { type: "string", default: "10000" },
    first: { type: "string", default: "1" },
    seed: { type: "string" },
    without: { type: "string", default: "" },
    whole: { type: "boolean", default: false },
    threads: { type: "string", default: String(availableParallelism()) },
  },
});
const without = values.without.split(",");
process.exitCode = values.seed === undefined ? await playAll() : await replay(Number(values.seed));

async function playAll(): Promise<number> {
  const began = performance.now();
  const [first, worlds, threads] = [values.first, values.worlds, values.threads].map(Number) as [
    number,
    number,
    number,
  ];
  const seeds = Array.from({ length: worlds }, (_, index) => first + index);
  let broken = 0;
  const totals = await Promise.all(
    Array.from({ length: threads }, (_, thread) =>
      playInThread({ seeds: seeds.filter((seed) => seed % threads === thread), without }, ({ seed, what }) => {
        broken += 1;
        console.log(`seed ${seed}: ${what}`);
      }),
    ),
  );
  const sum = (key: keyof Total) => totals.reduce((total, one) => total + one[key], 0);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${sum("worlds")} worlds, ${sum("passes")} passes, ${sum("faults")} faults, ${sum("writes")} writes, ${seconds} s`,
  );
  console.log(`${sum("worlds") - broken} passed, ${broken} failed`);
  return broken === 0 ? 0 : 1;
}

function playInThread(many: Many, onBroken: (broken: Broken) => void): Promise<Total> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData: many });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`a thread ended with ${code} and no total`)));
    worker.on("message", (told: { readonly broken: Broken } | { readonly total: Total }) => {
      if ("broken" in told) onBroken(told.broken);
      else resolve(told.total);
    });
  });
}

/** Tells a world's story; where it breaks a rule, as short as it can be told. */
async function replay(seed: number): Promise<number> {
  const clients = await createClients();
  const story = generate(seed, without);
  const played = await simulate(story, clients);
  const isBroken = played.violations.length > 0;
  const told = isBroken && !values.whole ? await shrink(story, clients, played) : { story, played };
  console.log(JSON.stringify(told.story.setup));
  console.log(told.played.lines.join("\n"));
  console.log(isBroken ? "0 passed, 1 failed" : "1 passed, 0 failed");
  return isBroken ? 1 : 0;
}
