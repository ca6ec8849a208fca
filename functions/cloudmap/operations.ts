import { setTimeout as sleep } from "node:timers/promises";
import { GetOperationCommand } from "@aws-sdk/client-servicediscovery";
import type { Operation } from "@aws-sdk/client-servicediscovery";
import { isNamed } from "./calls.ts";
import type { Calls } from "./calls.ts";

/** An operation that has not ended by then is given up for this pass, in milliseconds. */
export const OPERATION_PATIENCE = 30_000;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;

/**
 * Undefined: Cloud Map has forgotten it, as it does with old ones. `address` is the service's id or ARN; of another account's
 * service the operation is that account's, which has to be said.
 */
export async function readOperation(
  calls: Calls,
  address: string,
  OperationId: string,
): Promise<Operation | undefined> {
  const [, , , , account] = address.split(":");
  const command = new GetOperationCommand({ OperationId, ...(account === undefined ? {} : { OwnerAccount: account }) });
  try {
    const { Operation: read } = await calls.send("GetOperation", (client) => client.send(command));
    return read;
  } catch (error) {
    if (isNamed(error, "OperationNotFound")) return undefined;
    throw error;
  }
}

/** Until it has ended, well or badly, or the patience has. */
export async function waitForOperation(calls: Calls, address: string, id: string): Promise<void> {
  const begun = calls.now();
  for (const pause of pauses()) {
    const operation = await readOperation(calls, address, id);
    if (!isRunning(operation) || calls.now() - begun > OPERATION_PATIENCE) return;
    await sleep(pause);
  }
}

export function isRunning(operation: Operation | undefined): boolean {
  return operation?.Status === "SUBMITTED" || operation?.Status === "PENDING";
}

/** Milliseconds between one look and the next, ever longer. */
export function* pauses(): Generator<number, never> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 1.6)) yield pause;
}
