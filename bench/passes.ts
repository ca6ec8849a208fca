import { renderTable } from "./table.ts";
import { isWrite, openFarm, replaceFarmPod } from "../test/support/farm.ts";
import { timeApply } from "./command.ts";
import type { Timed } from "./command.ts";

/**
 * 1,000 pods in 10 services, Cloud Map with 20 ms a call: the first pass, one with nothing to do, one for one pod. `peer` has
 * external-dns beside them.
 */
export async function measurePasses(): Promise<string> {
  const kept = await passes({});
  const unlimited = await passes({ rates: { RegisterInstance: "10000:10000" } });
  return [
    "1,000 pods in 10 services, Cloud Map with 20 ms a call; whole processes, the start of Node included",
    renderTable(
      ["pass", "calls", "writes", "seconds"],
      ["pass"],
      [
        row("first sync, default rates (50:100)", kept.first),
        row("first sync, rates lifted", unlimited.first),
        row("nothing changed", kept.quiet),
        row("one pod replaced", kept.one),
      ],
    ),
  ].join("\n");
}

async function passes(settings: Readonly<Record<string, unknown>>) {
  const stage = await openFarm(10, 100, settings);
  try {
    stage.cloudMap.options.latencyMs = 20;
    const first = await timeApply(stage);
    const quiet = await timeApply(stage);
    replaceFarmPod(stage, "web-3", "web-3-7", "web-3-new", "10.9.9.9");
    return { first, quiet, one: await timeApply(stage) };
  } finally {
    await stage.close();
  }
}

function row(pass: string, { calls, seconds }: Timed) {
  return { pass, calls: calls.length, writes: calls.filter(isWrite).length, seconds: seconds.toFixed(2) };
}
