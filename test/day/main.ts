import { parseArgs } from "node:util";
import { quantile } from "../../bench/quantile.ts";
import { renderTable } from "../../bench/table.ts";
import { openDay, settled } from "./day.ts";
import type { Day, Side } from "./day.ts";
import type { Figures } from "./judge.ts";
import { prepare, SCENARIOS } from "./scenarios.ts";
import type { Scenario, Scale } from "./scenarios.ts";

/**
 * `npm run test:day [-- --short] [--only TEXT …]`: a cluster's day on a real control plane, lived through by the bundles as they are
 * deployed. Prints what was measured, and ends with 1 where a rule was broken.
 */

/** How often the schedule is woken, in seconds: each minute in a deployment, oftener here, so that a day fits into a quarter of an hour. */
const EVERY = 20;
/** From a pod's readiness or its end to Cloud Map, in seconds: an operation takes 5, and what waits for another 5 more. */
const REACTION = { watch: 30, schedule: EVERY + 40 };

const DAY: Scale = { most: 200, churnSeconds: 240, hungSeconds: 40, crowd: 1_500 };
const SHORT: Scale = { most: 20, churnSeconds: 15, hungSeconds: 12, crowd: 0 };

const { values } = parseArgs({
  options: { short: { type: "boolean", default: false }, only: { type: "string", multiple: true } },
});
const scale = values.short ? SHORT : DAY;
const wanted = SCENARIOS.filter(
  ({ name, isShort = false }, index) =>
    index === 0 || ((isShort || !values.short) && (values.only?.some((text) => name.includes(text)) ?? true)),
);

const day = await openDay(EVERY * 1_000, prepare);
// The control plane's programs would outlive this one.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void day.close().finally(() => process.exit(1)));
try {
  const found = [];
  for (const scenario of wanted) found.push(await live(day, scenario));
  console.log(describe(found.flatMap(({ rows }) => rows)));
  const broken = found.flatMap(({ problems }) => problems);
  for (const problem of broken) console.error(`broken: ${problem}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
} finally {
  await day.close();
}

async function live(here: Day, scenario: Scenario) {
  const begun = Date.now();
  for (const { judge } of here.sides) judge.begin();
  const problems: string[] = [];
  try {
    await scenario.run(here, scale);
    await settled(here.sides);
  } catch (error) {
    problems.push(`${scenario.name}: ${String(error)}`);
  }
  const seconds = (Date.now() - begun) / 1_000;
  problems.push(...here.sides.flatMap((side) => problemsOf(scenario, side)));
  console.log(`${scenario.name}: ${seconds.toFixed(0)} s${problems.length > 0 ? `\n  ${problems.join("\n  ")}` : ""}`);
  return { problems, rows: here.sides.map(({ name, judge }) => rowOf(scenario, name, judge.figures(), seconds)) };
}

function problemsOf({ name, blind = 0 }: Scenario, { name: side, judge }: Side): readonly string[] {
  const { missing, stale, emptied, lost } = judge.figures();
  const most = REACTION[side] + blind;
  const late = (what: string, times: readonly number[]) =>
    Math.max(0, ...times) > most ? [`${what} for ${Math.max(...times).toFixed(1)} s, where ${most} s are allowed`] : [];
  return [
    ...late("a ready pod was missing", missing),
    ...late("a pod that was gone stayed", stale),
    ...emptied.map((service) => `emptied ${service}`),
    ...lost.map((address) => `took out a living pod: ${address}`),
  ].map((problem) => `${name}, ${side}: ${problem}`);
}

function rowOf({ name }: Scenario, side: Side["name"], { missing, stale, emptied, lost }: Figures, seconds: number) {
  return {
    scenario: name,
    by: side,
    s: seconds.toFixed(0),
    came: missing.length,
    "missing p50": show(missing, 0.5),
    "missing most": show(missing, 1),
    went: stale.length,
    "stayed p50": show(stale, 0.5),
    "stayed most": show(stale, 1),
    emptied: emptied.length,
    "living removed": lost.length,
  };
}

function show(times: readonly number[], part: number): string {
  return times.length === 0 ? "–" : quantile(times, part).toFixed(1);
}

function describe(rows: readonly ReturnType<typeof rowOf>[]): string {
  return [
    `Seconds from a pod's readiness, or its end, to Cloud Map, by EndpointSlices; operations of Cloud Map take 0.2 to 5 s and end in any order; the schedule is woken each ${EVERY} s`,
    renderTable(
      [
        "scenario",
        "by",
        "s",
        "came",
        "missing p50",
        "missing most",
        "went",
        "stayed p50",
        "stayed most",
        "emptied",
        "living removed",
      ],
      ["scenario", "by"],
      rows,
    ),
  ].join("\n");
}
