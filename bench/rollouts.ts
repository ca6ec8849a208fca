import { renderTable } from "./table.ts";
import { textAt } from "../test/emulators/kubernetes/objects.ts";
import { openFarm, replaceFarmPod } from "../test/support/farm.ts";
import type { Stage } from "../test/support/stage.ts";

const PODS = 50;
const SERVICE = "web-0";

/** A Deployment of 50 pods is replaced at several paces, while one pass follows another. */
export async function measureRollouts(): Promise<string> {
  const rows = [];
  for (const [pace, step] of [
    ["one pod between two passes", 1],
    ["10 pods between two passes", 10],
    ["all pods between two passes", PODS],
  ] as const)
    rows.push({ pace, ...(await roll(step)) });
  return [
    `${PODS} pods of one service replaced by others at other addresses; counted at every call to Cloud Map`,
    renderTable(["pace", "passes", "fewest registered", "fewest live", "passes that lowered live"], ["pace"], rows),
    "live: registered, and its pod is ready at that moment. Pods that went since the last pass are live no more",
    "whatever a pass does; what counts is that no pass lowers their number, and that no answer is ever empty.",
  ].join("\n");
}

async function roll(step: number) {
  const stage = await openFarm(1, PODS);
  try {
    await stage.pass();
    const counts: { readonly registered: number; readonly live: number }[] = [];
    stage.cloudMap.options.fault = () => {
      counts.push(count(stage));
      return undefined;
    };
    let passes = 0;
    let lowered = 0;
    for (let done = 0; done < PODS; done += step, passes++) {
      for (let index = done; index < done + step; index++)
        replaceFarmPod(stage, SERVICE, `${SERVICE}-${index}`, `${SERVICE}-${index}-new`, `10.200.0.${index}`);
      const before = count(stage).live;
      const from = counts.length;
      await stage.pass();
      if (counts.slice(from).some(({ live }) => live < before)) lowered += 1;
    }
    return {
      passes,
      "fewest registered": Math.min(...counts.map(({ registered }) => registered)),
      "fewest live": Math.min(...counts.map(({ live }) => live)),
      "passes that lowered live": lowered,
    };
  } finally {
    await stage.close();
  }
}

function count({ cloudMap, kubernetes }: Stage): { readonly registered: number; readonly live: number } {
  const ready = new Set(kubernetes.list("Pod").map((pod) => textAt(pod, "status.podIP")));
  const [service] = cloudMap.services.values();
  const ids = [...(service?.instances.keys() ?? [])];
  return { registered: ids.length, live: ids.filter((id) => ready.has(id)).length };
}
