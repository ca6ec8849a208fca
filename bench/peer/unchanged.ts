import { markdownTable } from "../markdown.ts";
import { LATENCY_MS, openGround, UNLIMITED } from "./ground.ts";
import type { Shape } from "./ground.ts";
import { fetchAll } from "./limit.ts";
import { medianOf } from "./measured.ts";
import type { Taken } from "./measured.ts";

const ROUNDS = 3;
/** Later passes of one process. */
const LATER = 3;
/** Lambda gives a whole CPU for 1,769 MB (its developer guide, "Configure Lambda function memory"); functions have 512. */
const SHARE = 512 / 1_769;
const SHAPES: readonly Shape[] = [
  { services: 10, size: 10 },
  { services: 10, size: 100 },
  { services: 200, size: 50 },
];

/** Passes that find nothing changed, at the CPU that Lambda gives, beside the limit of fetching and parsing the same bytes. */
export async function measureUnchanged(program: string): Promise<string> {
  const rows = [];
  const plans = [];
  for (const shape of SHAPES) {
    const { table, plan } = await measureShape(program, shape);
    rows.push(...table);
    plans.push(`${plan.peak.toFixed(0)} MB over ${podsOf(shape)}`);
  }
  return [
    `Nothing changed, at ${SHARE.toFixed(2)} of a CPU, which is what 512 MB have; Cloud Map with ${LATENCY_MS} ms a call. The limit fetches the same bytes over one connection, without TLS and without waiting for Cloud Map, parses them, and does nothing else.`,
    "",
    markdownTable(["pods", "", "seconds", "× limit", "CPU s", "× limit", "peak MB", "calls"], rows),
    "",
    `\`plan\` of the command line, on a whole CPU, takes ${plans.join(", ")} pods.`,
  ].join("\n");
}

async function measureShape(program: string, shape: Shape) {
  const ours = await openGround(shape, UNLIMITED);
  const theirs = await openGround(shape);
  try {
    await ours.lambda();
    await theirs.externalDns(program);
    const answers = await ours.answersOfPass();
    for (const { deployment } of [ours, theirs]) deployment.cloudMap.options.latencyMs = LATENCY_MS;
    const runs = { limit: [] as Taken[], anew: [] as Taken[], later: [] as Taken[], plan: [] as Taken[] };
    const peer: Taken[] = [];
    const calls = { here: NaN, there: NaN };
    for (let round = 0; round < ROUNDS; round++) {
      runs.limit.push(await fetchAll(answers, SHARE));
      const anew = await ours.lambda({ share: SHARE });
      runs.anew.push(anew);
      runs.later.push(perPass(anew, await ours.lambda({ share: SHARE, passes: LATER + 1 })));
      runs.plan.push(await ours.cli("plan"));
      const there = await theirs.externalDns(program, SHARE);
      peer.push(there);
      Object.assign(calls, { here: anew.calls, there: there.calls });
    }
    const limit = medianOf(runs.limit);
    const row = (who: string, all: readonly Taken[], asked: number) => {
      const { seconds, cpu, peak } = medianOf(all);
      const [slower, dearer] = [seconds / limit.seconds, cpu / limit.cpu];
      return [
        "",
        who,
        seconds.toFixed(2),
        slower.toFixed(2),
        cpu.toFixed(2),
        dearer.toFixed(2),
        peak.toFixed(0),
        asked,
      ];
    };
    const title = `${podsOf(shape)} in ${shape.services} services`;
    const { seconds, cpu, peak } = limit;
    const table = [
      [title, "limit", seconds.toFixed(2), "", cpu.toFixed(2), "", peak.toFixed(0), ""],
      row("Lambda, a later pass", runs.later, calls.here),
      row("Lambda, begun anew", runs.anew, calls.here),
      row("external-dns", peer, calls.there),
    ];
    return { table, plan: medianOf(runs.plan) };
  } finally {
    await Promise.all([ours.close(), theirs.close()]);
  }
}

function podsOf({ services, size }: Shape): string {
  return (services * size).toLocaleString("en");
}

function perPass(once: Taken, often: Taken): Taken {
  const each = (of: (taken: Taken) => number) => (of(often) - of(once)) / LATER;
  return { seconds: each(({ seconds }) => seconds), cpu: each(({ cpu }) => cpu), peak: often.peak };
}
