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

/** Whether it has ended, well or badly, before the patience has. */
export async function waitForOperation(calls: Calls, address: string, id: string): Promise<boolean> {
  const until = calls.now() + OPERATION_PATIENCE;
  const pauses = createPauses();
  while (isRunning(await readOperation(calls, address, id, until))) {
    if (calls.now() > until) return false;
    await sleep(pauses.next().value);
  }
  return true;
}

export function isRunning(operation: Operation | undefined): boolean {
  return operation?.Status === "SUBMITTED" || operation?.Status === "PENDING";
}

/** Milliseconds between one look and the next, ever longer. */
export function* createPauses(): Generator<number, never> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 1.6)) yield pause;
}
