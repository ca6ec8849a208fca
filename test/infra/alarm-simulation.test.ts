import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ALARMS } from "../../infra/alarms.ts";
import { READINGS, ringsOf } from "./cloud-watch.ts";
import type { Sample } from "./cloud-watch.ts";
import { samplesIn } from "./emf.ts";
import { SCENARIOS } from "./scenarios.ts";
import { NARROW, synth } from "./stack.ts";

const template = synth(NARROW);
const written = emit();

test.each(SCENARIOS)("$name: $rings rings, nothing else does, and it ends by itself", (scenario) => {
  const { name, rings, minutes, events } = scenario;
  const queues = events.flatMap((event): readonly Sample[] =>
    event.kind === "queue" ? [{ metric: `AWS/SQS ${event.metric}`, at: event.at, value: event.value }] : [],
  );
  const samples = [...queues, ...(written.get(name) ?? [])];
  for (const reading of READINGS)
    expect({ ...reading, ...ringsOf(template, samples, minutes, reading) }).toEqual({
      ...reading,
      begun: rings,
      atEnd: [],
    });
});

test("every alarm rings in one of the scenarios", () => {
  const rung = new Set(SCENARIOS.flatMap(({ rings }) => rings));
  expect(ALARMS.map(({ name }) => name).filter((name) => !rung.has(name))).toEqual([]);
});

/** What the functions' own code writes, by scenario. */
function emit(): ReadonlyMap<string, readonly Sample[]> {
  const script = join(import.meta.dirname, "emit-metrics.ts");
  const output = execFileSync(process.execPath, [script], {
    encoding: "utf8",
    input: JSON.stringify(SCENARIOS),
    maxBuffer: 1 << 30,
  });
  return samplesIn(output);
}
