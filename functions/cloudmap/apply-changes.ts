import type { Change } from "../core/change.ts";
import type { Outcome, Times } from "../core/ports.ts";
import type { Calls } from "./calls.ts";
import { confirmWrites } from "./confirm.ts";
import { waitForOperations } from "./operations.ts";
import { sendChange } from "./write.ts";
import type { Accepted, Blocked, Target } from "./write.ts";

/**
 * Sends changes and waits for what becomes of them. What another operation stands in the way of is not sent again, since it
 * was planned before that operation's end; only its end is waited for, so that whoever looks again sees it. While that has not
 * come, looking again would not help: then it is pending, as what was accepted is. Once the service has refused one instance as too many, no other new one is tried.
 */
export async function applyChanges(
  calls: Calls,
  target: Target,
  changes: readonly Change[],
  times: Times,
): Promise<readonly Outcome[]> {
  let isFull = false;
  const sent = await Promise.all(
    changes.map(async (change) => {
      const answer = await sendChange(calls, target, change, times, () => isFull);
      if ("result" in answer && answer.result === "quota") isFull = true;
      return answer;
    }),
  );
  const inTheWay = sent.filter(isBlocked).flatMap(({ blockedBy }) => blockedBy ?? []);
  // Counted from here: the last of them was accepted just now.
  const until = Math.min(calls.now() + times.patience, times.end);
  const [confirmed, running] = await Promise.all([
    confirmWrites(calls, target, sent.filter(isAccepted), until),
    waitForOperations(calls, target.address, inTheWay, until),
  ]);
  const blocked = sent.filter(isBlocked).map(({ change, blockedBy = "" }): Outcome => {
    return { change, result: running.has(blockedBy) ? "pending" : "not-begun" };
  });
  const outcomes = new Map(
    [...sent.filter(isOutcome), ...blocked, ...confirmed].map((outcome) => [outcome.change, outcome]),
  );
  return changes.map((change) => outcomes.get(change) ?? { change, result: "not-begun" });
}

type Sent = Accepted | Blocked | Outcome;

function isAccepted(sent: Sent): sent is Accepted {
  return "operation" in sent;
}

function isBlocked(sent: Sent): sent is Blocked {
  return "blockedBy" in sent;
}

function isOutcome(sent: Sent): sent is Outcome {
  return "result" in sent;
}
