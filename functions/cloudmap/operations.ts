import { GetOperationCommand } from "@aws-sdk/client-servicediscovery";
import type { Operation } from "@aws-sdk/client-servicediscovery";
import { pauseAfter } from "../core/backoff.ts";
import { isNamed, LateError } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { sleep } from "./time-limit.ts";

/** Operations that are asked for at once: a second of GetOperation's rate. */
export const MOST_ASKED = 40;
const BACKOFF = { first: 100, longest: 5_000, growth: 1.6 };

/**
 * Undefined: Cloud Map has forgotten it, as it does with old ones. `address` is the service's id or ARN; of another account's
 * service the operation is that account's, which has to be said. `until`: when to give up, in milliseconds since the epoch.
 */
export async function readOperation(
  calls: Calls,
  address: string,
  OperationId: string,
  until: number,
): Promise<Operation | undefined> {
  const [, , , , account] = address.split(":");
  const command = new GetOperationCommand({ OperationId, ...(account === undefined ? {} : { OwnerAccount: account }) });
  try {
    const { Operation: read } = await calls.send("GetOperation", (client) => client.send(command), until);
    return read;
  } catch (error) {
    if (isNamed(error, "OperationNotFound")) return undefined;
    throw error;
  }
}

/**
 * Waits until operations have ended, well or badly, as far as that can be known by `until` (milliseconds since the epoch); of
 * more than `MOST_ASKED` only for the first of them. Returns those that have not.
 */
export async function waitForOperations(
  calls: Calls,
  address: string,
  ids: readonly string[],
  until: number,
): Promise<ReadonlySet<string>> {
  const distinct = [...new Set(ids)].slice(0, MOST_ASKED);
  const ended = await Promise.all(
    // Where it may not be asked for, nothing says that it runs.
    distinct.map((id) => hasEnded(calls, address, id, until).catch((error) => !(error instanceof LateError))),
  );
  return new Set(distinct.filter((_, index) => !ended[index]));
}

async function hasEnded(calls: Calls, address: string, id: string, until: number): Promise<boolean> {
  for (const pause of createPauses()) {
    if (!isRunning(await readOperation(calls, address, id, until))) return true;
    const left = until - calls.now();
    if (left <= 0) break;
    await sleep(Math.min(pause, left));
  }
  return false;
}

export function isRunning(operation: Operation | undefined): boolean {
  return operation?.Status === "SUBMITTED" || operation?.Status === "PENDING";
}

/** Milliseconds between one look and the next, ever longer. */
export function* createPauses(): Generator<number, never> {
  for (let looks = 0; ; looks++) yield pauseAfter(BACKOFF, looks);
}
