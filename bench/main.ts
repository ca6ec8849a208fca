import { parseArgs } from "node:util";
import { measureAuditLog } from "./audit-log.ts";
import { measureBesideReal } from "./beside-real.ts";
import { measureBeside } from "./beside.ts";
import { measureFirstSync } from "./first-sync.ts";
import { measureGrowth } from "./growth.ts";
import { measureLargeSync, measureLimits } from "./limits.ts";
import { measureList } from "./list.ts";
import { measureAuditLoad, measureFullNamespace, measureHour } from "./load.ts";
import { measurePasses } from "./passes.ts";
import { measurePeer } from "./peer/peer.ts";
import { measureQuick } from "./quick.ts";
import { measureRollouts } from "./rollouts.ts";
import { measureScale } from "./scale.ts";
import { measureTrouble } from "./trouble.ts";
import { measureWatchLog } from "./watch-log.ts";
import { measureWatchMemory } from "./watch-memory.ts";
import { measureWatchScale } from "./watch-scale.ts";
import { measureWatch } from "./watch.ts";

/**
 * Each prints what it finds. None passes or fails, as machines differ and the ratios within one run tell most, but for `--quick`,
 * which holds what does not depend on the machine.
 */
const MEASUREMENTS = {
  passes: measurePasses,
  limits: measureLimits,
  list: measureList,
  rollouts: measureRollouts,
  beside: measureBeside,
  trouble: measureTrouble,
  "audit-log": measureAuditLog,
  growth: measureGrowth,
  /** On a real control plane. */
  watch: measureWatch,
  /** The same; takes five minutes. */
  "beside-real": measureBesideReal,
  "watch-scale": measureWatchScale,
  /** Takes two minutes. */
  "watch-log": measureWatchLog,
  /** Takes five minutes. */
  "watch-memory": measureWatchMemory,
  /** Takes four minutes. */
  "large-sync": measureLargeSync,
  "load-audit": measureAuditLoad,
  "load-quota": measureFullNamespace,
  /** Takes about ten minutes. */
  "load-hour": measureHour,
  /** Beside external-dns, built by whoever asks; takes about ten minutes. */
  peer: measurePeer,
  /** These take some minutes each. */
  "first-sync": measureFirstSync,
  scale: measureScale,
} as const;

/** Measured only where it is named. */
const BY_NAME_ALONE: readonly string[] = [
  "beside-real",
  "watch-log",
  "watch-memory",
  "large-sync",
  "load-audit",
  "load-quota",
  "load-hour",
  "peer",
  "first-sync",
  "scale",
];

const { values: options, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, "external-dns": { type: "string" } },
});
const unknown = asked.find((name) => !isMeasurement(name));
if (unknown !== undefined) {
  console.error(`there is no measurement ${unknown}; name some of ${Object.keys(MEASUREMENTS).join(", ")}`);
  process.exitCode = 1;
} else if (options.quick) console.log(await measureQuick());
else {
  const all = Object.keys(MEASUREMENTS).filter((one) => !BY_NAME_ALONE.includes(one));
  for (const name of asked.length === 0 ? all : asked)
    if (isMeasurement(name)) console.log(`\n== ${name}\n\n${await MEASUREMENTS[name](options["external-dns"])}`);
}

function isMeasurement(name: string): name is keyof typeof MEASUREMENTS {
  return Object.hasOwn(MEASUREMENTS, name);
}
