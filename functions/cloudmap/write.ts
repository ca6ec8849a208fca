import { randomUUID } from "node:crypto";
import {
  DeregisterInstanceCommand,
  RegisterInstanceCommand,
  UpdateInstanceCustomHealthStatusCommand,
} from "@aws-sdk/client-servicediscovery";
import type { DuplicateRequest, ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { INIT_HEALTH_KEY, IPV4_KEY, IPV6_KEY, pick } from "../core/attributes.ts";
import { holderName, titleOf } from "../core/model.ts";
import type { Change } from "../core/change.ts";
import type { Attributes, Service } from "../core/model.ts";
import type { Outcome, Times } from "../core/ports.ts";
import { isNamed, LateError } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { failure } from "./failures.ts";

/** A write that was accepted, or may have been where no answer came (then its operation is unknown): to be confirmed. */
export type Accepted = { readonly change: Change; readonly operation: string | undefined };

/** A write that was refused because another operation on the instance is under way, whose id Cloud Map may tell. */
export type Blocked = { readonly change: Change; readonly blockedBy: string | undefined };

export type Target = { readonly service: Service; readonly address: string };

/** Sends one change, unless it is too late for it. Once the service `isFull`, no new instance is tried. */
export async function sendChange(
  calls: Calls,
  target: Target,
  change: Change,
  times: Times,
  isFull: () => boolean,
): Promise<Accepted | Blocked | Outcome> {
  try {
    const operation = await send(calls, target, change, times, isFull);
    return change.kind === "set-health" ? { change, result: "done", at: calls.now() } : { change, operation };
  } catch (error) {
    if (isDuplicate(error)) return { change, blockedBy: error.DuplicateOperationId };
    if (error instanceof LateError && error.wasSent) return { change, operation: undefined };
    return outcomeOfRefusal(target.service, change, error, calls.now());
  }
}

/** The operation's id; undefined where the change takes effect at once. */
async function send(
  calls: Calls,
  { address }: Target,
  change: Change,
  { begin, patience, end }: Times,
  isFull: () => boolean,
): Promise<string | undefined> {
  const instance = { ServiceId: address, InstanceId: change.id };
  const answered = Math.min(begin + patience, end);
  switch (change.kind) {
    case "register": {
      const health = change.health === undefined ? {} : { [INIT_HEALTH_KEY]: change.health };
      const register = async (attributes: Attributes) => {
        const given = { ...instance, Attributes: { ...attributes, ...health }, CreatorRequestId: randomUUID() };
        const command = new RegisterInstanceCommand(given);
        const call = async (client: ServiceDiscoveryClient) => {
          if (change.reason === "missing" && isFull()) throw new QuotaError();
          return client.send(command);
        };
        return (await calls.send("RegisterInstance", call, begin, answered)).OperationId;
      };
      return register(change.attributes).catch((error: unknown) => {
        const filled = pick(change.attributes, (key) => change.attributes[key] !== "");
        // AWS does not say whether it takes empty values: where it does not, the instance matters more than they do.
        if (!isNamed(error, "InvalidInput") || Object.keys(filled).length === Object.keys(change.attributes).length)
          throw error;
        return register(filled);
      });
    }
    case "deregister": {
      const command = new DeregisterInstanceCommand(instance);
      const deregister = (client: ServiceDiscoveryClient) => client.send(command);
      return (await calls.send("DeregisterInstance", deregister, begin, answered)).OperationId;
    }
    case "set-health": {
      const command = new UpdateInstanceCustomHealthStatusCommand({ ...instance, Status: change.health });
      const update = (client: ServiceDiscoveryClient) => client.send(command);
      await calls.send("UpdateInstanceCustomHealthStatus", update, begin, answered);
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

/** What has become of a change that Cloud Map, or the time, did not allow. */
export function outcomeOfRefusal(service: Service, change: Change, error: unknown, at: number): Outcome {
  if (error instanceof LateError) return { change, result: "not-begun" };
  if (change.kind === "register" && isNamed(error, "ResourceLimitExceeded")) return { change, result: "quota" };
  if (isGone(change, error)) return { change, result: "done", at };
  const isRefused = isNamed(error, "InvalidInput") && isOfOneFamily(service, change);
  return { change, result: isRefused ? "refused" : "failed", error: writeFailure(service, change, error) };
}

/** AWS publishes both, that a service with A and AAAA records takes either address and that it needs the two. */
function isOfOneFamily({ records }: Service, change: Change): boolean {
  if (change.kind !== "register" || !records.includes("A") || !records.includes("AAAA")) return false;
  return !(IPV4_KEY in change.attributes && IPV6_KEY in change.attributes);
}

/** What was to be removed, or to be shown no more, is not there any more: another pass, or a person, was faster. */
function isGone(change: Change, error: unknown): boolean {
  if (change.kind === "set-health") return change.health === "UNHEALTHY" && isNamed(error, "InstanceNotFound");
  return change.kind === "deregister" && (isNamed(error, "InstanceNotFound") || isNamed(error, "ServiceNotFound"));
}

export function writeFailure(service: Service, change: Change, error: unknown): Error {
  const pod = change.pod === undefined ? "" : ` (${holderName(change.pod)})`;
  const what = `${change.kind} of instance ${change.id}${pod} in ${titleOf(service)} failed`;
  return failure(OPERATIONS[change.kind], what, service.arn, error);
}

function isDuplicate(error: unknown): error is DuplicateRequest {
  return isNamed(error, "DuplicateRequest");
}
