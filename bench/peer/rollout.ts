import { markdownTable } from "../markdown.ts";
import { openGround, UNLIMITED } from "./ground.ts";
import type { Ground, Run } from "./ground.ts";

const PODS = 50;

/** All pods of a service are replaced between two passes: how few instances it has at any call of the second. */
export async function measureRollout(program: string): Promise<string> {
  return markdownTable(
    [`${PODS} pods of one service replaced by others between two passes`, "fewest instances", "calls"],
    [
      ["here", ...(await roll((ground) => ground.lambda()))],
      ["external-dns", ...(await roll((ground) => ground.externalDns(program)))],
    ],
  );
}

async function roll(pass: (ground: Ground) => Promise<Run>): Promise<readonly number[]> {
  const ground = await openGround({ services: 1, size: PODS }, UNLIMITED);
  const { cloudMap } = ground.deployment;
  try {
    await pass(ground);
    ground.replacePods(PODS);
    let fewest = PODS;
    cloudMap.options.fault = () => {
      for (const { instances } of cloudMap.services.values()) fewest = Math.min(fewest, instances.size);
      return undefined;
    };
    const { calls } = await pass(ground);
    return [fewest, calls];
  } finally {
    await ground.close();
  }
}
