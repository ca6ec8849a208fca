import { parseArgs } from "node:util";
import { quantile } from "../../bench/quantile.ts";
import { renderTable } from "../../bench/table.ts";
import { openDay, settled } from "./day.ts";
import type { Day, Side } from "./day.ts";
import type { Figures } from "./judge.ts";
import { prepare } from "./cluster.ts";
import type { Scale, Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

/**
 * `npm run test:day [-- --short] [--only TEXT …] [--churn MINUTES]`: a cluster's day on a real control plane, lived through by the
 * bundles as they are deployed. Prints what was measured, and how many scenarios kept every rule; ends with 1 where one did not.
 */

/** The schedule is woken each minute in a deployment: oftener here, so that a day fits into half an hour. */
const DAY: Scale = { every: 20, most: 200, churnSeconds: 240, goneSeconds: 10, hungSeconds: 40, crowd: 2_000 };
const SHORT: Scale = { every: 10, most: 20, churnSeconds: 10, goneSeconds: 5, hungSeconds: 12, crowd: 0 };

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    churn: { type: "string" },
  },
});
const scale = scaleOf(values);
/**
 * From a pod's readiness or its end to Cloud Map, in seconds: an operation takes 5, and what waits for another 5 more. What the watch
 * has left the schedule beside it makes good, which looks twice, 15 s apart.
 */
const LONGEST = scale.every + 40;
/** The median. */
const USUAL = { watch: 20, schedule: LONGEST };
const wanted = SCENARIOS.filter(
  ({ name, isShort = false }, index) =>
    index === 0 || ((isShort || !values.short) && (values.only?.some((text) => name.includes(text)) ?? true)),
);

const day = await openDay(scale.every * 1_000, prepare);
// The control plane's programs would outlive this one.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void day.close().finally(() => process.exit(1)));
try {
  const found = [];
  for (const scenario of wanted) found.push(await live(day, scenario));
  console.log(describe(found.flatMap(({ rows }) => rows)));
  const broken = found.flatMap(({ problems }) => problems);
  for (const problem of broken) console.error(`broken: ${problem}`);
  const failed = found.filter(({ problems }) => problems.length > 0).length;
  // As the other tiers end.
  console.log(
    `      Tests  ${failed > 0 ? `${failed} failed | ` : ""}${found.length - failed} passed (${found.length})`,
  );
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  await day.close();
}

function scaleOf({ short, churn }: { readonly short: boolean; readonly churn?: string | undefined }): Scale {
  const usual = short ? SHORT : DAY;
  if (churn === undefined) return usual;
  const minutes = Number(churn);
  if (!(minutes > 0)) throw new Error(`--churn takes a number of minutes, not ${churn}`);
  return { ...usual, churnSeconds: minutes * 60 };
}

async function live(here: Day, scenario: Scenario) {
  const begun = Date.now();
  for (const { judge } of here.sides) judge.begin();
  const problems: string[] = [];
  try {
    await scenario.run(here, scale);
    await settled(here);
  } catch (error) {
    problems.push(`${scenario.name}: ${String(error)}`);
  }
  const [seconds, lag] = [(Date.now() - begun) / 1_000, here.lag(begun) / 1_000];
  problems.push(...here.sides.flatMap((side) => problemsOf(scenario, side, lag)));
  const rows = here.sides.map(({ name, judge }) => rowOf(scenario, name, judge.figures(), { seconds, lag }));
  const longest = rows.map((row) => `${row.by} ${row["missing most"]}, ${row["stayed most"]}`).join("; ");
  const line = `${scenario.name}: ${seconds.toFixed(0)} s; missing, stayed at the most: ${longest}`;
  console.log([line, ...problems].join("\n  "));
  return { problems, rows };
}

/** `lag`: the longest that the EndpointSlices were behind, in seconds. A pass is some such ways, on the same machine. */
function problemsOf({ name, blind = 0 }: Scenario, { name: side, judge }: Side, lag: number): readonly string[] {
  const { missing, stale, emptied, lost } = judge.figures();
  const late = (what: string, times: readonly number[]) => {
    const bounds = [
      { part: 0.5, of: "half of the time", most: USUAL[side] + blind + 2 * lag },
      { part: 1, of: "once", most: LONGEST + blind + 2 * lag },
    ];
    return bounds
      .map((bound) => ({ ...bound, seconds: times.length === 0 ? 0 : quantile(times, bound.part) }))
      .filter(({ seconds, most }) => seconds > most)
      .map(
        ({ of, most, seconds }) => `${what} for ${seconds.toFixed(1)} s ${of}, where ${most.toFixed(0)} s are allowed`,
      );
  };
  return [
    ...late("a ready pod was missing", missing),
    ...late("a pod that was gone stayed", stale),
    ...emptied.map((service) => `emptied ${service}`),
    ...lost.map((address) => `took out a living pod: ${address}`),
  ].map((problem) => `${name}, ${side}: ${problem}`);
}

function rowOf(
  { name }: Scenario,
  side: Side["name"],
  { missing, stale, emptied, lost, residual }: Figures,
  { seconds, lag }: { readonly seconds: number; readonly lag: number },
) {
  return {
    scenario: name,
    by: side,
    s: seconds.toFixed(0),
    behind: lag.toFixed(1),
    came: missing.length,
    "missing p50": show(missing, 0.5),
    "missing most": show(missing, 1),
    went: stale.length,
    "stayed p50": show(stale, 0.5),
    "stayed most": show(stale, 1),
    emptied: emptied.length,
    "living removed": lost.length,
    "by an older pass": residual.length,
  };
}

function show(times: readonly number[], part: number): string {
  return times.length === 0 ? "–" : quantile(times, part).toFixed(1);
}

function describe(rows: readonly ReturnType<typeof rowOf>[]): string {
  return [
    `Seconds from a pod's readiness, or its end, to Cloud Map, by EndpointSlices; operations of Cloud Map take 0.2 to 5 s and end in any order; the schedule is woken each ${scale.every} s; behind: how long an EndpointSlice took to show a change, at the most`,
    renderTable(
      [
        "scenario",
        "by",
        "s",
        "behind",
        "came",
        "missing p50",
        "missing most",
        "went",
        "stayed p50",
        "stayed most",
        "emptied",
        "living removed",
        "by an older pass",
      ],
      ["scenario", "by"],
      rows,
    ),
  ].join("\n");
}
