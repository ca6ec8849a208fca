import { renderTable } from "./table.ts";
import { isWrite, openFarm, replaceFarmPod } from "../test/support/farm.ts";
import { timeApply } from "./command.ts";
import type { Timed } from "./command.ts";

/**
 * external-dns 0.22 (aws-sd) with the same pods and the same 20 ms a call, the whole process. Measured before, elsewhere,
 * against a real kube-apiserver: its calls compare, its times do not.
 */
const EXTERNAL_DNS = {
  first: { calls: 1014, seconds: 21.96 },
  quiet: { calls: 12, seconds: 0.43 },
  one: { calls: 116, seconds: 2.76 },
};

/** 1,000 pods in 10 services, Cloud Map with 20 ms a call: the first pass, one with nothing to do, one for one pod. */
export async function measurePasses(): Promise<string> {
  const kept = await passes({});
  const unlimited = await passes({ rates: { RegisterInstance: "10000:10000" } });
  return [
    "1,000 pods in 10 services, Cloud Map with 20 ms a call; whole processes, the start of Node included",
    renderTable(
      ["pass", "calls", "writes", "seconds", "calls there", "seconds there", "calls ×"],
      ["pass"],
      [
        row("first sync, default rates (50:100)", kept.first, EXTERNAL_DNS.first),
        row("first sync, rates lifted", unlimited.first, EXTERNAL_DNS.first),
        row("nothing changed", kept.quiet, EXTERNAL_DNS.quiet),
        row("one pod replaced", kept.one, EXTERNAL_DNS.one),
      ],
    ),
    "there: external-dns 0.22 (aws-sd), measured before on another machine, so that times do not compare; ×: ours to theirs",
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

function row(pass: string, ours: Timed, theirs: { readonly calls: number; readonly seconds: number }) {
  return {
    pass,
    calls: ours.calls.length,
    writes: ours.calls.filter(isWrite).length,
    seconds: ours.seconds.toFixed(2),
    "calls there": theirs.calls,
    "seconds there": theirs.seconds.toFixed(2),
    "calls ×": (ours.calls.length / theirs.calls).toFixed(2),
  };
}
