import { createHash } from "node:crypto";
import { AwsJsonError } from "../aws-json.ts";
import type { JsonInput } from "../aws-json.ts";
import { nextOrder, randomText } from "./identity.ts";
import type { Effect, Instance, Operation, OperationType, Service } from "./state.ts";
import type { CloudMapWorld } from "./world.ts";

type Start = Pick<Operation, "owner" | "targets" | "resource" | "effect" | "creatorRequestId"> & {
  readonly type: OperationType;
  readonly input: JsonInput;
};

/**
 * The operation that a retried request has begun already: same creator, same request, still under way. Any other that runs on
 * the resource throws DuplicateRequest.
 */
export function findRunning(
  world: CloudMapWorld,
  { resource, creatorRequestId, input }: Pick<Start, "resource" | "creatorRequestId" | "input">,
): Operation | undefined {
  const running = world.busy.get(resource);
  if (running === undefined) return undefined;
  const isRetry = creatorRequestId !== undefined && running.creatorRequestId === creatorRequestId;
  if (isRetry && running.fingerprint === fingerprintOf(input)) return running;
  throw new AwsJsonError("DuplicateRequest", `Another operation of type ${running.type} is in progress`, {
    fields: { DuplicateOperationId: running.id },
  });
}

export function startOperation(world: CloudMapWorld, { input, ...start }: Start): Operation {
  const operation: Operation = {
    ...start,
    id: `${randomText(32)}-${randomText(8)}`,
    order: nextOrder(world),
    fingerprint: fingerprintOf(input),
    createdAt: world.now(),
    end: undefined,
  };
  world.operations.set(operation.id, operation);
  world.queue.push(operation);
  world.busy.set(operation.resource, operation);
  return operation;
}

/** Carries out what is due by the clock. */
export function settle(world: CloudMapWorld): void {
  const now = world.now();
  for (;;) {
    const next = nextDue(world);
    if (next === undefined || next.at > now) return;
    world.queue.splice(world.queue.indexOf(next.operation), 1);
    finish(world, next.operation, next.at);
  }
}

function nextDue({ queue, options }: CloudMapWorld) {
  const { operationDelayMs, operationDelayOf } = options;
  const dueOf = (operation: Operation) => ({
    operation,
    at: operation.createdAt + (operationDelayOf?.(operation) ?? operationDelayMs),
  });
  const [first] = queue;
  if (first === undefined) return undefined;
  // Where all take the same time, the oldest is due first.
  if (operationDelayOf === undefined) return dueOf(first);
  return queue.map(dueOf).reduce((a, b) => (b.at < a.at ? b : a));
}

export function fingerprintOf(input: JsonInput): string {
  const sorted = JSON.stringify(input, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(sorted).digest("base64url");
}

function finish(world: CloudMapWorld, operation: Operation, at: number): void {
  const failure = world.options.failOperation?.(operation);
  if (failure === "hang") return;
  world.busy.delete(operation.resource);
  const { effect } = operation;
  if (effect.kind === "register") effect.service.running.delete(effect.instance.id);
  if (effect.kind === "deregister") effect.service.running.delete(effect.id);
  if (failure !== undefined) {
    operation.end = { status: "FAIL", at, ...failure };
    return;
  }
  if ("service" in effect && !world.services.has(effect.service.id)) {
    const message = `Can't find a service with id ${effect.service.id}`;
    operation.end = { status: "FAIL", at, code: "SERVICE_NOT_FOUND", message };
    return;
  }
  operation.end = { status: "SUCCESS", at };
  carryOut(world, effect, at);
}

function carryOut(world: CloudMapWorld, effect: Effect, at: number): void {
  switch (effect.kind) {
    case "create-namespace":
      world.namespaces.set(effect.namespace.id, effect.namespace);
      world.tags.set(effect.namespace.arn, effect.tags);
      return;
    case "delete-namespace":
      world.namespaces.delete(effect.namespace.id);
      world.tags.delete(effect.namespace.arn);
      return;
    case "update-namespace":
      effect.namespace.settings = effect.settings;
      return;
    case "update-service":
      effect.service.settings = effect.settings;
      return;
    case "register": {
      const { service, instance } = effect;
      const old = service.instances.get(instance.id);
      const keepsHealth = old !== undefined && world.options.switches.updateOfHealth === "keeps";
      const held = keepsHealth ? { ...instance, health: old.health } : instance;
      service.instances.set(held.id, held);
      keepOrder(service.instances);
      announce(service, held.id, at);
      return;
    }
    case "deregister":
      effect.service.instances.delete(effect.id);
      announce(effect.service, effect.id, at);
      return;
    default:
      effect satisfies never;
  }
}

/** Pages go by the order in which instances were accepted, and operations may end in any. */
function keepOrder(instances: Map<string, Instance>): void {
  const [last, before] = [...instances.values()].slice(-2).toReversed();
  if (last === undefined || before === undefined || before.order < last.order) return;
  const sorted = [...instances].toSorted(([, a], [, b]) => a.order - b.order);
  instances.clear();
  for (const [id, instance] of sorted) instances.set(id, instance);
}

/** DiscoverInstances hears of it later. */
function announce(service: Service, id: string, at: number): void {
  service.discovery.coming.push({ at, id, instance: service.instances.get(id) });
}
