import { existsSync } from "node:fs";
import { messageOf } from "../../functions/core/errors.ts";
import { bundleCli, bundleFunctions } from "../../infra/build/bundle.ts";
import { measureFollow } from "./follow.ts";
import { missingShares } from "./measured.ts";
import { measurePasses } from "./passes.ts";
import { measureQuota } from "./quota.ts";
import { measureRollout } from "./rollout.ts";
import { measureStart } from "./start.ts";
import { measureUnchanged } from "./unchanged.ts";

/** Ours beside external-dns, in one process tree and in turns, each as bench/README.md has it. */
const SECTIONS: readonly ((program: string) => Promise<string>)[] = [
  measurePasses,
  measureUnchanged,
  measureQuota,
  measureFollow,
  measureRollout,
  measureStart,
];

/** One that fails says so in its place, and the others are measured all the same. */
export async function measurePeer(program: string | undefined): Promise<string> {
  const missing = missingShares();
  if (missing !== undefined) return missing;
  if (program === undefined || !existsSync(program))
    return "name external-dns: npm run bench -- peer --external-dns PATH; bench/README.md says how to build it";
  await Promise.all([bundleFunctions(), bundleCli()]);
  const texts = [];
  for (const section of SECTIONS) {
    texts.push(await section(program).catch((error: unknown) => `${section.name} failed: ${messageOf(error)}`));
    console.error(`${section.name}: done`);
  }
  return texts.join("\n\n");
}
