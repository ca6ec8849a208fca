import { AsyncLocalStorage } from "node:async_hooks";
import { cloudMapHandler } from "../emulators/cloudmap/handler.ts";
import { settle } from "../emulators/cloudmap/running.ts";
import { seedInstance, seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";
import type { Instance, Operation, Service } from "../emulators/cloudmap/state.ts";
import { DEFAULT_SWITCHES } from "../emulators/cloudmap/switches.ts";
import { createCloudMap } from "../emulators/cloudmap/world.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";
import type { VirtualTime } from "./clock.ts";
import type { Faults } from "./faults.ts";
import { createPast } from "./past.ts";
import { addTo, currentPass, survive, unlessDead } from "./passes.ts";
import type { Pass } from "./passes.ts";
import type { Random } from "./random.ts";
import type { FaultKind, Seam, Setup } from "./story.ts";

/** As the SDK's own handler has it, in milliseconds. */
const REQUEST_TIMEOUT = 10_000;
const LATENCY = [3, 60] as const;
const WRITES = ["RegisterInstance", "DeregisterInstance", "UpdateInstanceCustomHealthStatus"];

export type Call = {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly pass: Pass | undefined;
};
export type Answer = { readonly status: number; readonly body: string };

/** Told of what is done to Cloud Map. */
export type Witness = {
  /** A call is sent. */
  readonly onBegin: (call: Call) => void;
  /** It is about to take effect; what is returned is called once it was accepted. */
  readonly onArrival: (call: Call) => () => void;
  /** An operation has ended; `isDone`: as it was meant to; `before`: the instance that it found. */
  readonly onEnd: (operation: Operation, isDone: boolean, before: Instance | undefined) => void;
};

export type Cloud = {
  readonly world: CloudMapWorld;
  readonly send: (operation: string, body: string) => Promise<Answer>;
  /** Ends what hangs, badly; from here on operations take seconds. */
  readonly release: () => void;
  /** Ends all that is under way: carried out, or not. */
  readonly settle: (isCarriedOut: () => boolean) => void;
  /** Another Cloud Map, with the same namespaces and nothing in them. */
  readonly empty: () => void;
  readonly serviceOf: (namespace: string, name: string) => Service | undefined;
  /** Whose call began an operation. */
  readonly passOf: (operation: Operation) => Pass | undefined;
  readonly writes: () => number;
};

/** What an operation takes at most once nothing goes wrong any more, in milliseconds: less than a pass waits for it. */
const CALM = 10_000;

/** Cloud Map as the emulator has it, with operations that take their time, and all that can befall a call. */
export function createCloud(
  { cloudMap: setup }: Setup,
  faults: Faults,
  time: VirtualTime,
  random: Random,
  witness: Witness,
): Cloud {
  const world = createCloudMap({
    now: time.now,
    operationDelayMs: Infinity,
    switches: { ...DEFAULT_SWITCHES, writesShow: setup.writesShow },
  });
  const handler = cloudMapHandler(world);
  const past = createPast(world, time);
  const owners = new Map<string, Pass | undefined>();
  const arrivals = new AsyncLocalStorage<{ onAccepted: () => void }>();
  let writes = 0;
  /** How long an operation takes at most, in milliseconds. */
  let longest = Infinity;

  for (const { name, type } of setup.namespaces) seedNamespace(world, { name, type });
  for (const { namespace: wanted, name, hasCustomHealth, foreign } of setup.services) {
    const namespace = [...world.namespaces.values()].find((one) => one.name === wanted);
    if (namespace === undefined) continue;
    const service = seedService(world, namespace, { name, hasCustomHealth });
    for (let index = 0; index < foreign; index++) seedInstance(world, service, `10.77.0.${index + 1}`);
  }
  // Called when the call is about to take effect, with nothing in between.
  world.options.fault = ({ operation, input }) => {
    const arrival = arrivals.getStore();
    if (arrival !== undefined) arrival.onAccepted = witness.onArrival({ operation, input, pass: currentPass() });
    return undefined;
  };

  const send = async (operation: string, body: string): Promise<Answer> => {
    const pass = currentPass();
    await survive(pass?.process);
    const began = time.now();
    const input = JSON.parse(body) as Call["input"];
    if (WRITES.includes(operation)) {
      writes += 1;
      witness.onBegin({ operation, input, pass });
    }
    await time.pause(random.between(...LATENCY));
    const fault = faults.strike(seamOf(operation));
    await befall(fault, time);
    const answer = refusalOf(fault) ?? (await arrive(operation, body));
    if (answer.status === 200) note(answer, pass);
    if (operation === "RegisterInstance")
      noteFate(answer, pass, `${String(input["ServiceId"])} ${String(input["InstanceId"])}`);
    if (operation === "ListInstances" && answer.status === 200)
      noteRead(pass, String(input["ServiceId"]), input, began);
    if (fault === "answer-lost") {
      await time.pause(random.chance(0.5) ? REQUEST_TIMEOUT : 0);
      await unlessDead(pass?.process);
      throw lost();
    }
    await time.pause(random.between(...LATENCY));
    await unlessDead(pass?.process);
    return fault === "stale-counts" ? { ...answer, body: withoutCounts(answer.body, random) } : answer;
  };

  const arrive = async (operation: string, body: string): Promise<Answer> => {
    const isLate = setup.lag > 0 && operation === "ListInstances";
    const answers = isLate ? cloudMapHandler(past.at(time.now() - setup.lag)) : handler;
    const arrival = { onAccepted: () => {} };
    const response = WRITES.includes(operation)
      ? await arrivals.run(arrival, () => answers(requestOf(operation, body)))
      : await answers(requestOf(operation, body));
    if (response.status === 200) arrival.onAccepted();
    return { status: response.status, body: await response.text() };
  };
  const note = ({ body }: Answer, pass: Pass | undefined) => {
    const { OperationId } = JSON.parse(body) as { readonly OperationId?: string };
    const begun = OperationId === undefined ? undefined : world.operations.get(OperationId);
    if (begun === undefined || owners.has(begun.id)) return;
    owners.set(begun.id, pass);
    play(begun);
  };

  /** Ends it when its time has come. */
  const play = (operation: Operation) => {
    const fault = faults.strike("operation");
    if (fault === "hangs") return;
    const [fastest, slowest] = setup.operations;
    const long = fault === "slow" ? random.between(5_000, 45_000) : random.between(fastest, slowest);
    time.at(time.now() + Math.min(long, longest), () => end(operation, fault === "fails"));
  };
  const end = (operation: Operation, fails: boolean) => {
    if (operation.end !== undefined) return;
    if (setup.lag > 0) past.keep();
    const before = heldBefore(operation);
    const others = world.queue.splice(0).filter((one) => one !== operation);
    world.queue.push(operation);
    world.options.operationDelayMs = 0;
    world.options.failOperation = fails ? () => ({ code: "INTERNAL_FAILURE", message: "it went wrong" }) : undefined;
    settle(world);
    world.options.operationDelayMs = Infinity;
    world.queue.push(...others);
    const pass = owners.get(operation.id);
    if (fails && operation.type === "REGISTER_INSTANCE") pass?.failed.add(operation.resource);
    witness.onEnd(operation, !fails, before);
  };

  const endAll = (isCarriedOut: () => boolean) => {
    for (const operation of world.queue.slice()) end(operation, !isCarriedOut());
  };

  return {
    world,
    send,
    release: () => {
      longest = CALM;
      endAll(() => false);
    },
    settle: endAll,
    empty: () => {
      endAll(() => false);
      world.services.clear();
    },
    serviceOf: (namespace, name) =>
      [...world.services.values()].find(
        (one) => one.name === name && world.namespaces.get(one.namespaceId)?.name === namespace,
      ),
    passOf: ({ id }) => owners.get(id),
    writes: () => writes,
  };
}

function heldBefore({ effect }: Operation): Instance | undefined {
  if (effect.kind === "register") return effect.service.instances.get(effect.instance.id);
  return effect.kind === "deregister" ? effect.service.instances.get(effect.id) : undefined;
}

async function befall(fault: FaultKind | undefined, time: VirtualTime): Promise<void> {
  if (fault === "reset") throw lost();
  if (fault === "slow") await time.pause(4_000);
  if (fault !== "silent") return;
  await time.pause(REQUEST_TIMEOUT);
  throw Object.assign(new Error("the request timed out"), { name: "TimeoutError" });
}

function lost(): Error {
  return Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
}

/** What is answered instead, without any effect. */
export function refusalOf(fault: FaultKind | undefined): Answer | undefined {
  if (fault === "throttled") return errorOf(400, "ThrottlingException");
  if (fault === "error") return errorOf(500, "InternalFailure");
  if (fault === "forbidden") return errorOf(400, "AccessDeniedException");
  if (fault === "quota") return errorOf(400, "ResourceLimitExceeded");
  return undefined;
}

function errorOf(status: number, type: string): Answer {
  return { status, body: JSON.stringify({ __type: type, message: type }) };
}

function seamOf(operation: string): Seam {
  if (WRITES.includes(operation) || operation === "CreateService") return "write";
  return operation === "ListServices" || operation === "ListNamespaces" ? "services" : "registry";
}

/** The handler asks for no more of a request than this, which costs a tenth of a real one. */
function requestOf(operation: string, body: string): Request {
  const headers = new Map([
    ["x-amz-target", `Route53AutoNaming_v20170314.${operation}`],
    ["content-type", "application/x-amz-json-1.1"],
  ]);
  const request = { method: "POST", headers, text: () => Promise.resolve(body), signal: new AbortController().signal };
  return request as unknown as Request;
}

/** What is throttled, or meets another operation, has not failed. */
function noteFate({ status, body }: Answer, pass: Pass | undefined, resource: string): void {
  if (status === 200) pass?.failed.delete(resource);
  else if (!/Throttling|DuplicateRequest/.test(body)) pass?.failed.add(resource);
}

function noteRead(pass: Pass | undefined, service: string, input: Call["input"], began: number): void {
  if (pass === undefined || input["NextToken"] !== undefined) return;
  addTo(pass.registryRead, service, began);
}

/** Counts of a while ago. */
function withoutCounts(body: string, random: Random): string {
  const parsed = JSON.parse(body) as { readonly Services?: readonly object[] };
  const Services = parsed.Services?.map((one) => (random.chance(0.5) ? { ...one, InstanceCount: 0 } : one));
  return JSON.stringify({ ...parsed, ...(Services === undefined ? {} : { Services }) });
}
