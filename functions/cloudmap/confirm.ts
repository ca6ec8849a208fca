import { toError } from "../core/errors.ts";
import { differingKeys } from "../core/attributes.ts";
import type { Attributes } from "../core/model.ts";
import type { Outcome } from "../core/ports.ts";
import { isNamed } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { listAttributes } from "./instances.ts";
import { createPauses, isRunning, MOST_ASKED, readOperation } from "./operations.ts";
import { sleep } from "./time-limit.ts";
import { outcomeOfRefusal, writeFailure } from "./write.ts";
import type { Accepted, Target } from "./write.ts";

/** What takes no longer than these, a quarter of a second, is seen without asking for it. */
const PATIENT_LOOKS = 2;

/**
 * Waits until writes have taken effect: by reading the instances again, one call a hundred of them. When a read shows nothing
 * new, operations are asked for, so that one that failed tells its cause. What is left at `until` (milliseconds since the epoch),
 * or when a read fails, is pending.
 */
export async function confirmWrites(
  calls: Calls,
  target: Target,
  accepted: readonly Accepted[],
  until: number,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let pending = accepted;
  let looks = 0;
  try {
    for (const pause of createPauses()) {
      if (pending.length === 0) break;
      const before = pending;
      const found = await listAttributes(calls, target.service, target.address, until);
      const at = calls.now();
      outcomes.push(...pending.filter((one) => isAsIntended(one, found)).map((one) => done(one, at)));
      pending = pending.filter((one) => !isAsIntended(one, found));
      if (pending.length === before.length && looks >= PATIENT_LOOKS) {
        const ended = await askFor(pending, looks, (one) => outcomeOf(calls, target, one, until).catch(() => []));
        outcomes.push(...ended);
        pending = pending.filter(({ change }) => !ended.some((outcome) => outcome.change === change));
      }
      looks += 1;
      const left = until - calls.now();
      if (left <= 0) break;
      if (pending.length > 0) await sleep(Math.min(pause, left));
    }
  } catch (error) {
    const { cause } = toError(error);
    // It was deleted around them: their operations fail, whatever they say.
    if (isNamed(cause, "ServiceNotFound"))
      return [
        ...outcomes,
        ...pending.map(({ change }) => outcomeOfRefusal(target.service, change, cause, calls.now())),
      ];
    // Nothing more is known of them but that they were accepted; the next pass sees what became of them.
  }
  return [...outcomes, ...pending.map(({ change }): Outcome => ({ change, result: "pending" }))];
}

/**
 * How those have ended that have: one of them is asked for, another with each look, and the others only where that one has ended.
 * Most often all of them still run, and each question takes of GetOperation's rate, which whatever else is confirmed needs too.
 */
async function askFor(
  pending: readonly Accepted[],
  looks: number,
  ask: (one: Accepted) => Promise<readonly Outcome[]>,
): Promise<readonly Outcome[]> {
  const known = pending.filter(({ operation }) => operation !== undefined);
  const one = known[looks % known.length];
  const ended = one === undefined ? [] : await ask(one);
  if (ended.length === 0) return [];
  const others = known.filter((other) => other !== one).slice(0, MOST_ASKED);
  return [...ended, ...(await Promise.all(others.map(ask))).flat()];
}

/** How its operation has ended; nothing while it runs. */
async function outcomeOf(
  calls: Calls,
  { service, address }: Target,
  accepted: Accepted,
  until: number,
): Promise<readonly Outcome[]> {
  const { change } = accepted;
  if (accepted.operation === undefined) return [];
  const operation = await readOperation(calls, address, accepted.operation, until);
  if (isRunning(operation)) return [];
  if (operation?.Status === "SUCCESS") return [done(accepted, calls.now())];
  if (operation?.Status !== "FAIL") return [{ change, result: "pending" }];
  const { ErrorCode = "the operation failed", ErrorMessage = "no cause was given" } = operation;
  return [
    { change, result: "failed", error: writeFailure(service, change, new Error(`${ErrorCode}: ${ErrorMessage}`)) },
  ];
}

function done({ change }: Accepted, at: number): Outcome {
  return { change, result: "done", at };
}

function isAsIntended({ change }: Accepted, found: ReadonlyMap<string, Attributes>): boolean {
  const attributes = found.get(change.id);
  if (change.kind === "deregister") return attributes === undefined;
  return (
    change.kind === "register" &&
    attributes !== undefined &&
    differingKeys(change.attributes, attributes, []).length === 0
  );
}
