import { markdownTable } from "../markdown.ts";
import { openGround } from "./ground.ts";
import { measure, medianOf } from "./measured.ts";
import type { Taken } from "./measured.ts";

const ROUNDS = 5;

/** What a person waits for. */
export async function measureStart(): Promise<string> {
  const ground = await openGround({ services: 1, size: 1 });
  try {
    const nothing: Taken[] = [];
    const plan: Taken[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      nothing.push(await measure({ program: process.execPath, args: ["-e", "0"], env: {} }));
      plan.push(await ground.cli("plan"));
    }
    return markdownTable(
      ["Start", "seconds", "CPU s"],
      [
        ["`node -e 0`", ...figuresOf(nothing)],
        ["`plan` of one service", ...figuresOf(plan)],
      ],
    );
  } finally {
    await ground.close();
  }
}

function figuresOf(all: readonly Taken[]): readonly string[] {
  const { seconds, cpu } = medianOf(all);
  return [seconds.toFixed(2), cpu.toFixed(2)];
}
