import { existsSync } from "node:fs";
import { bundleCli, bundleFunctions } from "../../infra/build/bundle.ts";
import { serve } from "../../test/emulators/serve.ts";
import { renderTable } from "../table.ts";
import { measureFollow } from "./follow.ts";
import { openGround } from "./ground.ts";
import type { Ground, Run, Shape } from "./ground.ts";
import { measure, medianOf, missingShares } from "./measured.ts";
import type { Taken } from "./measured.ts";

const ROUNDS = 3;
/** What an answer of Cloud Map takes, in milliseconds. */
const LATENCY_MS = 20;
/** Lambda gives a whole CPU for 1,769 MB (its developer guide, "Configure Lambda function memory"); functions have 512. */
const SHARE = 512 / 1_769;
const SHAPES: readonly Shape[] = [
  { services: 10, size: 10 },
  { services: 10, size: 100 },
  { services: 200, size: 50 },
];
/** A service of more instances than one answer holds. */
const LARGE: Shape = { services: 1, size: 250 };
/** Preparing takes no longer than it has to. */
const UNLIMITED = { RegisterInstance: "5000:5000", CreateService: "5000:5000", ListServices: "100:100" };
/** What an account lets through, and is expected: a burst, then so many a second. */
const QUOTA = { perSecond: 50, burst: 100 };

/** Rows of ours beside external-dns, in one process tree and in turns; figures of passes are medians of whole processes. */
export async function measurePeer(program: string | undefined): Promise<string> {
  const missing = missingShares();
  if (missing !== undefined) return missing;
  if (program === undefined || !existsSync(program))
    return "name external-dns: npm run bench -- peer --external-dns PATH; bench/README.md says how to build it";
  await Promise.all([bundleFunctions(), bundleCli()]);
  const unchanged = [];
  for (const shape of SHAPES) unchanged.push(...(await measureUnchanged(program, shape)));
  return [
    await measurePasses(program),
    `nothing changed, at ${SHARE.toFixed(2)} of a CPU (512 MB), Cloud Map with ${LATENCY_MS} ms a call; the limit fetches and parses the same bytes over one connection`,
    renderTable(["pods", "who", "seconds", "CPU", "peak MB", "× limit", "calls"], ["who"], unchanged),
    await measureLarge(program),
    await measureQuota(program),
    await measureFollow(program),
    await measureStart(),
  ].join("\n\n");
}

/** Two grounds, since neither's instances are the other's; whoever is second in a round has no advantage of it. */
async function measurePasses(program: string): Promise<string> {
  const ours: Passes[] = [];
  const theirs: Passes[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await passesOf((ground) => ground.lambda()));
    theirs.push(await passesOf((ground) => ground.externalDns(program)));
  }
  const rowsOf = (who: string, all: readonly Passes[]) =>
    (["first", "unchanged", "one replaced"] as const).map((pass, index) => {
      const runs = all.flatMap((passes) => passes[index] ?? []);
      const { seconds, cpu, peak } = medianOf(runs);
      const [{ calls, writes } = { calls: NaN, writes: NaN }] = runs;
      return { pass, who, calls, writes, seconds: seconds.toFixed(2), CPU: cpu.toFixed(2), "peak MB": peak.toFixed(0) };
    });
  return [
    `1,000 pods in 10 services, Cloud Map with ${LATENCY_MS} ms a call; whole processes, each pass begun anew`,
    renderTable(
      ["pass", "who", "calls", "writes", "seconds", "CPU", "peak MB"],
      ["pass", "who"],
      [...rowsOf("here (Lambda)", ours), ...rowsOf("external-dns", theirs)],
    ),
  ].join("\n");
}

type Passes = readonly Run[];

async function passesOf(pass: (ground: Ground) => Promise<Run>): Promise<Passes> {
  const ground = await openGround({ services: 10, size: 100 });
  try {
    ground.deployment.cloudMap.options.latencyMs = LATENCY_MS;
    const [first, unchanged] = [await pass(ground), await pass(ground)];
    ground.replacePod();
    return [first, unchanged, await pass(ground)];
  } finally {
    await ground.close();
  }
}

async function measureUnchanged(program: string, shape: Shape) {
  const ours = await openGround(shape, UNLIMITED);
  const theirs = await openGround(shape);
  try {
    await ours.lambda();
    await theirs.externalDns(program);
    const answers = await ours.answersOfPass();
    for (const { deployment } of [ours, theirs]) deployment.cloudMap.options.latencyMs = LATENCY_MS;
    const runs: { readonly [who in "limit" | "lambda" | "warm" | "cli" | "peer"]: Taken[] } = {
      limit: [],
      lambda: [],
      warm: [],
      cli: [],
      peer: [],
    };
    let calls = NaN;
    let callsThere = NaN;
    for (let round = 0; round < ROUNDS; round++) {
      runs.limit.push(await fetchAll(answers, SHARE));
      const once = await ours.lambda({ share: SHARE });
      runs.lambda.push(once);
      runs.warm.push(perPass(once, await ours.lambda({ share: SHARE, passes: WARM + 1 })));
      runs.cli.push(await ours.cli("plan"));
      const there = await theirs.externalDns(program, SHARE);
      runs.peer.push(there);
      [calls, callsThere] = [once.calls, there.calls];
    }
    const limit = medianOf(runs.limit);
    const row = (who: string, all: readonly Taken[], asked: number | string) => {
      const { seconds, cpu, peak } = medianOf(all);
      const times = (cpu / limit.cpu).toFixed(2);
      const pods = shape.services * shape.size;
      return {
        pods,
        who,
        seconds: seconds.toFixed(2),
        CPU: cpu.toFixed(2),
        "peak MB": peak.toFixed(0),
        "× limit": times,
        calls: asked,
      };
    };
    return [
      row("limit", runs.limit, answers.length),
      row("Lambda, begun anew", runs.lambda, calls),
      row("Lambda, a later pass", runs.warm, calls),
      row("plan, a whole CPU", runs.cli, calls),
      row("external-dns", runs.peer, callsThere),
    ];
  } finally {
    await Promise.all([ours.close(), theirs.close()]);
  }
}

/** Later passes of the same process. */
const WARM = 3;

function perPass(once: Taken, often: Taken): Taken {
  const each = (of: (taken: Taken) => number) => (of(often) - of(once)) / WARM;
  return { seconds: each(({ seconds }) => seconds), cpu: each(({ cpu }) => cpu), peak: often.peak };
}

/** What the pass before has read, from memory. */
export async function fetchAll(answers: readonly string[], share?: number): Promise<Taken> {
  const server = await serve(({ url }) =>
    Promise.resolve(new Response(answers[Number(new URL(url).pathname.slice(1))])),
  );
  try {
    const args = ["--max-old-space-size=256", "--max-semi-space-size=2", "bench/peer/raw.mjs", server.url];
    return await measure({ program: process.execPath, args: [...args, String(answers.length)], env: {}, share });
  } finally {
    await server.close();
  }
}

/** More instances than DiscoverInstances answers with at once, and nothing to do. */
async function measureLarge(program: string): Promise<string> {
  const ours = await openGround(LARGE, UNLIMITED);
  const theirs = await openGround(LARGE);
  try {
    await ours.lambda();
    await theirs.externalDns(program);
    const [here, there] = [await ours.lambda(), await theirs.externalDns(program)];
    return `250 instances in one service, nothing changed: ${here.calls} calls here, of which ${here.writes} write; external-dns ${there.calls}, of which ${there.writes} write`;
  } finally {
    await Promise.all([ours.close(), theirs.close()]);
  }
}

async function measureQuota(program: string): Promise<string> {
  const bound = (1_000 - QUOTA.burst) / QUOTA.perSecond;
  const syncOf = async (sync: (ground: Ground) => Promise<Run>) => {
    const ground = await openGround({ services: 10, size: 100 });
    try {
      const rates = { RegisterInstance: QUOTA, DeregisterInstance: QUOTA };
      Object.assign(ground.deployment.cloudMap.options, { latencyMs: 5, rates });
      return await sync(ground);
    } finally {
      await ground.close();
    }
  };
  const row = (who: string, { seconds, calls, throttled }: Run) => ({
    who,
    seconds: seconds.toFixed(2),
    "× bound": (seconds / bound).toFixed(2),
    calls,
    throttled,
  });
  return [
    `first sync of 1,000 pods where the account lets ${QUOTA.perSecond} registrations a second through after ${QUOTA.burst}, 5 ms a call; the last token comes after ${bound.toFixed(1)} s`,
    renderTable(
      ["who", "seconds", "× bound", "calls", "throttled"],
      ["who"],
      [
        row("here (apply)", await syncOf((ground) => ground.cli())),
        row("external-dns", await syncOf((ground) => ground.externalDns(program))),
      ],
    ),
  ].join("\n");
}

/** What a person waits for. */
async function measureStart(): Promise<string> {
  const ground = await openGround({ services: 1, size: 1 });
  try {
    const nothing: Taken[] = [];
    const plan: Taken[] = [];
    for (let round = 0; round < 5; round++) {
      nothing.push(await measure({ program: process.execPath, args: ["-e", "0"], env: {} }));
      plan.push(await ground.cli("plan"));
    }
    return `start: node -e 0 ${told(medianOf(nothing))}; plan of one service ${told(medianOf(plan))}`;
  } finally {
    await ground.close();
  }
}

function told({ seconds, cpu }: Taken): string {
  return `${seconds.toFixed(2)} s, ${cpu.toFixed(2)} s of CPU`;
}
