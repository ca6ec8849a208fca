import { cleanUp } from "./clean.ts";
import { QUESTIONS } from "./questions.ts";
import type { Question, Settings } from "./ask.ts";
import { createStage } from "./stage.ts";
import type { Account, Stage } from "./stage.ts";

export type Row = {
  readonly id: string;
  readonly assumption: string;
  readonly seen: string;
  readonly consequence: string;
};

/** `settings`: what the emulator has to be set to, to behave as the account did. */
export type Verified = { readonly rows: readonly Row[]; readonly settings: Settings };

type Options = {
  /** Makes names that no other run has. */
  readonly suffix: string;
  /** The VPC of the DNS namespace; undefined: what needs one is not asked. */
  readonly vpc: string | undefined;
  /** By default all. */
  readonly questions?: readonly Question[];
  readonly say: (line: string) => void;
};

/**
 * Tries questions on an account, and leaves nothing behind: what an earlier run left goes first, what this one makes at
 * the end, whatever happens. A question that fails is a row, and the others are asked all the same.
 */
export async function verify(
  account: Account,
  { suffix, vpc, questions = QUESTIONS, say }: Options,
): Promise<Verified> {
  say("removing what an earlier run has left");
  await cleanUp(account);
  const rows: Row[] = [];
  let settings: Settings = {};
  try {
    say("creating the namespaces");
    const stages: Partial<Record<"http" | "dns", Stage>> = {
      http: await createStage(account, "http", suffix, ""),
      ...(vpc === undefined ? {} : { dns: await createStage(account, "dns", suffix, vpc) }),
    };
    for (const { id, assumption, where, ask } of questions) {
      account.signal.throwIfAborted();
      say(id);
      const stage = stages[where];
      const answer =
        stage === undefined
          ? { seen: "not asked: it needs a DNS namespace, so --vpc", consequence: "open" }
          : await ask(stage).catch((error: unknown) => {
              account.signal.throwIfAborted();
              return {
                seen: `failed: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
                consequence: "open",
              };
            });
      rows.push({ id, assumption, seen: answer.seen, consequence: answer.consequence });
      if ("settings" in answer) settings = merge(settings, answer.settings ?? {});
    }
    account.signal.throwIfAborted();
    return { rows, settings };
  } finally {
    say("removing what was made");
    await cleanUp(account);
  }
}

/** Of delays the longest counts. */
function merge(a: Settings, b: Settings): Settings {
  const delays = [a.operationDelayMs, b.operationDelayMs].filter((delay) => delay !== undefined);
  return {
    ...a,
    ...b,
    ...(delays.length === 0 ? {} : { operationDelayMs: Math.max(...delays) }),
    switches: { ...a.switches, ...b.switches },
  };
}
