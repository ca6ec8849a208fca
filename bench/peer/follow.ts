import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "../../functions/kubernetes/connection.ts";
import { connectKubeconfig } from "../../functions/kubernetes/kubeconfig/connect.ts";
import { projectPod } from "../../functions/kubernetes/pods.ts";
import { OVERLAP } from "../../functions/runtime/watch/times.ts";
import { openStream } from "../../functions/kubernetes/watch-stream.ts";
import { markdownTable } from "../markdown.ts";
import { quantile } from "../quantile.ts";
import { openGround } from "./ground.ts";
import type { Ground } from "./ground.ts";

const CHANGES = 25;
/** Between two changes, in milliseconds: no multiple of the 5 s that external-dns gathers for. */
const PACE = 2_300;

/**
 * From a pod's Ready to RegisterInstance, one pod after the other, by the watch and by external-dns with its events on. The limit
 * is when the event of the pod reaches a watch that does nothing with it.
 */
export async function measureFollow(program: string): Promise<string> {
  const rows = [
    await follow("the watch, which gathers for 0.3 s", async ({ deployment, lambda }) => {
      await lambda();
      const watch = await deployment.start("watch");
      // As long after its start as no predecessor follows any more.
      const time = new Date(Date.now() - OVERLAP - 2_000).toISOString();
      void watch.invoke({ time }, { remainingMs: 300_000 });
      return watch.stop;
    }),
    await follow("external-dns, `--events --listen-endpoint-events`, which gathers for 5 s", async (ground) => {
      await ground.externalDns(program);
      const events = ["--events", "--listen-endpoint-events"];
      const { args, env } = await ground.externalDnsCommand(program, events);
      const child = spawn(program, args, { stdio: "ignore", env: { ...env } });
      return async () => {
        child.kill();
        await once(child, "exit");
      };
    }),
  ];
  const title = `From a pod's Ready to RegisterInstance, ${CHANGES} pods, one each ${PACE / 1000} s, Cloud Map with 0 ms, seconds`;
  return markdownTable([title, "p50", "p99", "the event reached a watch, p50", "p99", "calls a change"], rows);
}

async function follow(who: string, start: (ground: Ground) => Promise<() => Promise<void>>) {
  const ground = await openGround({ services: 10, size: 10 });
  try {
    const { cloudMap, kubernetes } = ground.deployment;
    const stop = await start(ground);
    const isWatching = () =>
      kubernetes.log.some(({ path, query }) => query["watch"] !== undefined && /pods$|slices$/.test(path));
    while (!isWatching()) await sleep(100);
    await sleep(6_000);
    cloudMap.calls.length = 0;
    const observer = observe(await connectKubeconfig({ file: await ground.kubeconfig(), variables: {} }));
    const began = new Map<string, number>();
    for (let change = 0; change < CHANGES; change++) {
      const ip = `10.250.0.${change}`;
      began.set(ip, Date.now());
      ground.addPod(change % 10, ip);
      await sleep(PACE);
    }
    await sleep(6_000);
    const delaysOf = (times: ReadonlyMap<string, number>) =>
      [...began].map(([ip, at]) => ((times.get(ip) ?? NaN) - at) / 1000);
    const [calls, events] = [delaysOf(registered(ground)), delaysOf(observer.arrivals)];
    observer.stop();
    await stop();
    const figures = [quantile(calls, 0.5), quantile(calls, 0.99), quantile(events, 0.5), quantile(events, 0.99)];
    return [who, ...figures.map((one) => one.toFixed(3)), (cloudMap.calls.length / CHANGES).toFixed(1)];
  } finally {
    await ground.close();
  }
}

/** When the event of a pod at each address came, in milliseconds since the epoch. */
function observe(connection: Connection): {
  readonly arrivals: ReadonlyMap<string, number>;
  readonly stop: () => void;
} {
  const arrivals = new Map<string, number>();
  const stopped = new AbortController();
  void openStream(connection, {
    path: "/api/v1/pods",
    query: {},
    onEvent: (type, object) => {
      if (type === "ADDED") for (const ip of projectPod(object).ips) arrivals.set(ip, Date.now());
    },
    signal: stopped.signal,
  });
  return { arrivals, stop: () => stopped.abort() };
}

/** When each id was registered first. */
function registered({ deployment }: Ground): ReadonlyMap<string, number> {
  const calls = deployment.cloudMap.calls.filter(({ operation }) => operation === "RegisterInstance");
  return new Map(calls.toReversed().map(({ input, at }) => [String(input["InstanceId"]), at]));
}
