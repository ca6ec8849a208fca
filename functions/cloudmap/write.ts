import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  DeregisterInstanceCommand,
  RegisterInstanceCommand,
  UpdateInstanceCustomHealthStatusCommand,
} from "@aws-sdk/client-servicediscovery";
import type { DuplicateRequest, ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { INIT_HEALTH_KEY } from "../core/attributes.ts";
import { podName } from "../core/model.ts";
import type { Change, Service } from "../core/model.ts";
import type { Outcome } from "../core/ports.ts";
import { isNamed, LateError } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { failure } from "./failures.ts";
import { nameOf } from "./instances.ts";
import { createPauses, waitForOperation } from "./operations.ts";

/** A write that was accepted: its operation runs, and has yet to be confirmed. */
export type Accepted = { readonly change: Change; readonly operation: string };

export type Target = { readonly service: Service; readonly address: string };

/**
 * Sends one change, unless it is too late for it (`until`, milliseconds since the epoch). Another operation that runs on the
 * same instance is waited for, then the change is sent again: overlapping passes never fail on each other. One that hangs
 * leaves the change unfinished. Once the service `isFull`, no new instance is tried.
 */
export async function sendChange(
  calls: Calls,
  target: Target,
  change: Change,
  until: number,
  isFull: () => boolean,
): Promise<Accepted | Outcome> {
  for (const pause of createPauses()) {
    try {
      const operation = await send(calls, target, change, until, isFull);
      return operation === undefined ? { change, result: "done" } : { change, operation };
    } catch (error) {
      if (!isDuplicate(error)) return outcomeOf(target.service, change, error);
      if (!(await hasEnded(calls, target, error.DuplicateOperationId))) return { change, result: "unfinished" };
      // Cloud Map may still see in the way what has ended.
      await sleep(pause);
    }
  }
  return { change, result: "unfinished" };
}

/** Whether the operation in the way is out of it. Without its id, or the right to ask for it, that cannot be known. */
async function hasEnded(calls: Calls, { address }: Target, operation: string | undefined): Promise<boolean> {
  try {
    return operation !== undefined && (await waitForOperation(calls, address, operation));
  } catch {
    return false;
  }
}

/** The operation's id; undefined where the change takes effect at once. */
async function send(
  calls: Calls,
  { address }: Target,
  change: Change,
  until: number,
  isFull: () => boolean,
): Promise<string | undefined> {
  const instance = { ServiceId: address, InstanceId: change.id };
  switch (change.kind) {
    case "register": {
      const health = change.health === undefined ? {} : { [INIT_HEALTH_KEY]: change.health };
      const Attributes = { ...change.attributes, ...health };
      const command = new RegisterInstanceCommand({ ...instance, Attributes, CreatorRequestId: randomUUID() });
      const register = async (client: ServiceDiscoveryClient) => {
        if (change.reason === "missing" && isFull()) throw new QuotaError();
        return client.send(command);
      };
      return (await calls.send("RegisterInstance", register, until)).OperationId;
    }
    case "deregister": {
      const command = new DeregisterInstanceCommand(instance);
      const { OperationId } = await calls.send("DeregisterInstance", (client) => client.send(command), until);
      return OperationId;
    }
    case "set-health": {
      const command = new UpdateInstanceCustomHealthStatusCommand({ ...instance, Status: change.health });
      await calls.send("UpdateInstanceCustomHealthStatus", (client) => client.send(command), until);
      return undefined;
    }
    default:
      return change satisfies never;
  }
}

/** Another registration of this service has met the quota, so this one was not tried. */
class QuotaError extends Error {
  override readonly name = "ResourceLimitExceeded";
}

const OPERATIONS = {
  register: "RegisterInstance",
  deregister: "DeregisterInstance",
  "set-health": "UpdateInstanceCustomHealthStatus",
} as const;

function outcomeOf(service: Service, change: Change, error: unknown): Outcome {
  if (error instanceof LateError) return { change, result: "late" };
  if (change.kind === "register" && isNamed(error, "ResourceLimitExceeded")) return { change, result: "quota" };
  if (isGone(change, error)) return { change, result: "done" };
  return { change, result: "failed", error: writeFailure(service, change, error) };
}

/** What was to be removed, or to be shown no more, is not there any more: another pass, or a person, was faster. */
function isGone(change: Change, error: unknown): boolean {
  if (change.kind === "set-health") return change.health === "UNHEALTHY" && isNamed(error, "InstanceNotFound");
  return change.kind === "deregister" && (isNamed(error, "InstanceNotFound") || isNamed(error, "ServiceNotFound"));
}

export function writeFailure(service: Service, change: Change, error: unknown): Error {
  const pod = change.pod === undefined ? "" : ` (pod ${podName(change.pod)})`;
  const what = `${change.kind} of instance ${change.id}${pod} in ${nameOf(service)} failed`;
  return failure(OPERATIONS[change.kind], what, service.arn, error);
}

function isDuplicate(error: unknown): error is DuplicateRequest {
  return isNamed(error, "DuplicateRequest");
}
