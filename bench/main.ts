import { measureAuditLog } from "./audit-log.ts";
import { measureGrowth } from "./growth.ts";
import { measureLargeSync, measureLimits } from "./limits.ts";
import { measureList } from "./list.ts";
import { measurePasses } from "./passes.ts";
import { measureRollouts } from "./rollouts.ts";
import { measureWatchMemory } from "./watch-memory.ts";
import { measureWatchScale } from "./watch-scale.ts";
import { measureWatch } from "./watch.ts";

/** Each prints what it finds. None passes or fails: machines differ, and the ratios within one run tell most. */
const MEASUREMENTS = {
  passes: measurePasses,
  limits: measureLimits,
  list: measureList,
  rollouts: measureRollouts,
  "audit-log": measureAuditLog,
  growth: measureGrowth,
  /** On a real control plane. */
  watch: measureWatch,
  "watch-scale": measureWatchScale,
  /** Takes a quarter of an hour. */
  "watch-memory": measureWatchMemory,
  /** Takes four minutes. */
  "large-sync": measureLargeSync,
} as const;

/** Measured only where it is named. */
const BY_NAME_ALONE: readonly string[] = ["watch-memory", "large-sync"];

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !isMeasurement(name));
if (unknown === undefined) {
  for (const name of asked.length === 0
    ? Object.keys(MEASUREMENTS).filter((one) => !BY_NAME_ALONE.includes(one))
    : asked)
    if (isMeasurement(name)) console.log(`\n== ${name}\n\n${await MEASUREMENTS[name]()}`);
} else {
  console.error(`there is no measurement ${unknown}; name some of ${Object.keys(MEASUREMENTS).join(", ")}`);
  process.exitCode = 1;
}

function isMeasurement(name: string): name is keyof typeof MEASUREMENTS {
  return Object.hasOwn(MEASUREMENTS, name);
}
