import { markdownTable } from "../markdown.ts";
import { openGround } from "./ground.ts";
import type { Ground, Run } from "./ground.ts";

/** What an account lets through, and is expected: a burst, then so many a second. */
const QUOTA = { perSecond: 50, burst: 100 };
const PODS = 1_000;

/** A first sync at an account's limit: nothing can be faster than its tokens come. */
export async function measureQuota(program: string): Promise<string> {
  const bound = (PODS - QUOTA.burst) / QUOTA.perSecond;
  const row = (who: string, { seconds, calls, throttled }: Run) => [
    who,
    seconds.toFixed(1),
    (seconds / bound).toFixed(2),
    calls.toLocaleString("en"),
    throttled,
  ];
  const title = `The account lets ${QUOTA.perSecond} registrations a second through after ${QUOTA.burst}, 5 ms a call, ${PODS.toLocaleString("en")} pods: the last token comes after ${bound.toFixed(1)} s`;
  return markdownTable(
    [title, "seconds", "× bound", "calls", "throttled"],
    [
      row("`apply`", await firstSync((ground) => ground.cli())),
      row("external-dns", await firstSync((ground) => ground.externalDns(program))),
    ],
  );
}

async function firstSync(sync: (ground: Ground) => Promise<Run>): Promise<Run> {
  const ground = await openGround({ services: 10, size: PODS / 10 });
  try {
    const rates = { RegisterInstance: QUOTA, DeregisterInstance: QUOTA };
    Object.assign(ground.deployment.cloudMap.options, { latencyMs: 5, rates });
    return await sync(ground);
  } finally {
    await ground.close();
  }
}
