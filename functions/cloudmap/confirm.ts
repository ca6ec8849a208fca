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

/**
 * Waits until writes have taken effect: by reading the instances again, one call a hundred of them. When a read shows nothing
 * new, those that are still not as intended are asked for one by one, so that a failed operation tells its cause. What is left
 * at `until` (milliseconds since the epoch), or when a read fails, is pending.
 */
export async function confirmWrites(
  calls: Calls,
  target: Target,
  accepted: readonly Accepted[],
  until: number,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let pending = accepted;
  try {
    for (const pause of createPauses()) {
      if (pending.length === 0) break;
      const before = pending;
      const found = await listAttributes(calls, target.service, target.address, until);
      const at = calls.now();
      outcomes.push(...pending.filter((one) => isAsIntended(one, found)).map((one) => done(one, at)));
      pending = pending.filter((one) => !isAsIntended(one, found));
      if (pending.length === before.length) {
        const asked = pending.slice(0, MOST_ASKED).map((one) => outcomeOf(calls, target, one, until).catch(() => []));
        const ended = (await Promise.all(asked)).flat();
        outcomes.push(...ended);
        pending = pending.filter(({ change }) => !ended.some((outcome) => outcome.change === change));
      }
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
