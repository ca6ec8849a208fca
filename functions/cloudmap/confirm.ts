import { setTimeout as sleep } from "node:timers/promises";
import { differingKeys } from "../core/attributes.ts";
import type { Attributes } from "../core/model.ts";
import type { Outcome } from "../core/ports.ts";
import type { Calls } from "./calls.ts";
import { listAttributes } from "./instances.ts";
import { isRunning, OPERATION_PATIENCE, pauses, readOperation } from "./operations.ts";
import { writeFailure } from "./write.ts";
import type { Accepted, Target } from "./write.ts";

/**
 * Waits until writes have taken effect: by reading the instances again, one call a hundred of them. Only those that are not
 * as intended are asked for one by one, so that a failed operation tells its cause.
 */
export async function confirmWrites(
  calls: Calls,
  { service, address }: Target,
  accepted: readonly Accepted[],
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const begun = calls.now();
  let pending = accepted;
  for (const pause of pauses()) {
    if (pending.length === 0) return outcomes;
    const held = await listAttributes(calls, service, address);
    outcomes.push(
      ...pending.filter((one) => isAsIntended(one, held)).map(({ change }) => ({ change, result: "done" as const })),
    );
    const looked = await Promise.all(
      pending
        .filter((one) => !isAsIntended(one, held))
        .map(async (one) => ({ one, operation: await readOperation(calls, address, one.operation) })),
    );
    const isOver = calls.now() - begun > OPERATION_PATIENCE;
    const running: Accepted[] = [];
    for (const { one, operation } of looked) {
      const { change } = one;
      if (operation?.Status === "SUCCESS") outcomes.push({ change, result: "done" });
      else if (operation?.Status === "FAIL") {
        const cause = new Error(
          `${operation.ErrorCode ?? "the operation failed"}: ${operation.ErrorMessage ?? "no cause was given"}`,
        );
        outcomes.push({ change, result: "failed", error: writeFailure(service, change, cause) });
      } else if (isOver || !isRunning(operation)) outcomes.push({ change, result: "unfinished" });
      else running.push(one);
    }
    pending = running;
    if (pending.length > 0) await sleep(pause);
  }
  return outcomes;
}

function isAsIntended({ change }: Accepted, held: ReadonlyMap<string, Attributes>): boolean {
  const attributes = held.get(change.id);
  if (change.kind === "deregister") return attributes === undefined;
  return (
    change.kind === "register" &&
    attributes !== undefined &&
    differingKeys(change.attributes, attributes, []).length === 0
  );
}
