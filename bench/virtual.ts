import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { OutOfTimeError } from "../functions/kubernetes/connection.ts";
import type { Connection } from "../functions/kubernetes/connection.ts";
import { projectPod } from "../functions/kubernetes/pods.ts";
import type { Scope } from "../functions/core/model.ts";
import { createTurn } from "../functions/runtime/lambda/turn.ts";
import { FUNCTIONS } from "../infra/functions.ts";
import { cloudMapHandler } from "../test/emulators/cloudmap/handler.ts";
import type { CloudMapOptions } from "../test/emulators/cloudmap/options.ts";
import { settle } from "../test/emulators/cloudmap/running.ts";
import { seedNamespace } from "../test/emulators/cloudmap/seed.ts";
import { createCloudMap } from "../test/emulators/cloudmap/world.ts";
import type { CloudMapWorld } from "../test/emulators/cloudmap/world.ts";
import { kubernetesHandler } from "../test/emulators/kubernetes/handler.ts";
import { createKubernetes } from "../test/emulators/kubernetes/world.ts";
import type { KubernetesWorld } from "../test/emulators/kubernetes/world.ts";
import type { Handler } from "../test/emulators/serve.ts";
import { createSsm, ssmHandler } from "../test/emulators/ssm/handler.ts";
import { createClients, withBackend } from "../test/simulator/clients.ts";
import { installTime } from "../test/simulator/clock.ts";
import type { VirtualTime } from "../test/simulator/clock.ts";
import { composeProcess } from "../test/simulator/composition.ts";
import type { Composed } from "../test/simulator/composition.ts";
import { createRandom } from "../test/simulator/random.ts";
import type { Document } from "../test/simulator/story.ts";

const BEGIN = Date.UTC(2026, 10, 1);
const ARN = "arn:aws:eks:us-west-2:123456789012:cluster/prod";
/** Of an answer of the API server, and of a change on its way to whoever watches, in milliseconds. */
const API_MS = 10;
const CHANGE_MS = 30;
const TURN = "/sync/turn";

/** A stack's functions over emulators, under a clock that passes only while they wait: what is measured is waiting, not the machine. */
export type VirtualStack = {
  readonly time: VirtualTime;
  readonly kubernetes: KubernetesWorld;
  readonly cloudMap: CloudMapWorld;
  /** What the schedule starts: a pass over everything, unless one is at work. Tells whether it made one. */
  readonly schedule: () => Promise<boolean>;
  /** What a message of the queue starts. */
  readonly event: (scope: Scope) => Promise<void>;
  /** Follows the pods to the end. */
  readonly watch: () => void;
  /** How many instances are registered now. */
  readonly registered: () => number;
};

type Options = {
  readonly document: Pick<Document, "namespaces" | "mappings">;
  readonly cloudMap: Partial<CloudMapOptions>;
  /** Whether there is a watch, to which the schedule's passes leave what is young. */
  readonly isWatched: boolean;
};

/** Plays on such a stack, for `limit` milliseconds of its time at most. */
export async function playVirtually<T>(
  { document, cloudMap: behaviour, isWatched }: Options,
  limit: number,
  play: (stack: VirtualStack) => Promise<T>,
): Promise<T> {
  const clients = await createClients();
  const ssm = await createSsmClient();
  const time = installTime(BEGIN, createRandom(1));
  try {
    const kubernetes = createKubernetes({ now: () => new Date(time.now()) });
    const cloudMap = createCloudMap({ now: time.now, ...behaviour });
    for (const name of document.namespaces) seedNamespace(cloudMap, { name });
    const whole: Document = { ...DOCUMENT, ...document };
    const outside = { ...clients, connection: connectTo(kubernetes, time) };
    const start = (isFrequent: boolean): Composed => composeProcess(whole, outside, { isFrequent });
    const turn = createTurn(ssm, TURN, console.error);
    const idle: Composed[] = [];
    const events = start(false);
    const ask = { sweep: false, force: false, dryRun: false } as const;
    const stack: VirtualStack = {
      time,
      kubernetes,
      cloudMap,
      schedule: async () => {
        const made = await turn.take(async () => {
          const one = idle.pop() ?? start(false);
          const left = FUNCTIONS["scheduled-reconcile"].timeout * 1000;
          await one.pass({ ...ask, scopes: [{ kind: "all" }], left, leavesYoung: isWatched }, () => {});
          idle.push(one);
          return true;
        });
        return made === true;
      },
      event: async (scope) => {
        await events.pass({ ...ask, scopes: [scope], left: FUNCTIONS["event-reconcile"].timeout * 1000 }, () => {});
      },
      watch: () => {
        const one = start(true);
        const left = FUNCTIONS.watch.timeout * 1000;
        void one.follow({
          signal: new AbortController().signal,
          limit: time.now() + limit,
          changes: (_signal, told) =>
            new Promise(() => {
              kubernetes.store.subscribe(({ storage, object, previous }) => {
                if (storage !== "/pods") return;
                const seen = [previous, object].flatMap((pod) => (pod === undefined ? [] : [projectPod(pod)]));
                time.at(time.now() + CHANGE_MS, () => told({ key: projectPod(object).key, seen }));
              });
            }),
          pass: (scopes) => one.pass({ ...ask, scopes, left }, () => {}),
        });
      },
      registered: () => {
        settle(cloudMap);
        return [...cloudMap.services.values()].reduce((count, { instances }) => count + instances.size, 0);
      },
    };
    const handler = cloudMapHandler(cloudMap);
    const backend = {
      cloudMap: (operation: string, body: string) =>
        answerTo(handler, `Route53AutoNaming_v20170314.${operation}`, body),
      ec2: () => Promise.reject(new Error("nobody asks EC2 here")),
    };
    let played: { readonly value: T } | { readonly error: unknown } | undefined;
    void time.within(0, () =>
      withBackend(backend, () => play(stack)).then(
        (value) => (played = { value }),
        (error: unknown) => (played = { error }),
      ),
    );
    await time.run(BEGIN + limit, () => played !== undefined);
    if (played === undefined) throw new Error(`it was not over after ${limit / 1000} s`);
    if ("error" in played) throw played.error;
    return played.value;
  } finally {
    time.uninstall();
  }
}

const DOCUMENT: Document = {
  cluster: "prod",
  clusterArn: ARN,
  place: 0,
  owner: ARN,
  part: "",
  namespaces: [],
  mappings: [],
  policy: "sync",
  id: "ip",
  whenAllUnready: "keep",
  sources: { services: false, virtualNodes: false, serviceExports: false },
  nodes: { zones: true, ec2: false },
  services: { customHealth: false },
  adopt: { appMesh: "off" },
  deleteServices: false,
  allow: [],
};

/** The turn's parameter, without a socket. It has been asked once: the first call of a client reads files, which takes real time. */
function textOf(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
}

async function createSsmClient(): Promise<SSMClient> {
  const world = createSsm({ account: "123456789012", region: "us-west-2" });
  world.parameters.set(TURN, { value: "free", version: 1 });
  const handler = ssmHandler(world);
  type Sent = { readonly headers: Readonly<Record<string, string>>; readonly body?: unknown };
  const requestHandler = {
    metadata: { handlerProtocol: "http/1.1" },
    handle: async ({ headers, body }: Sent) => {
      const answer = await answerTo(handler, headers["x-amz-target"] ?? "", textOf(body));
      return { response: { statusCode: answer.status, headers: {}, body: new TextEncoder().encode(answer.body) } };
    },
  } as never;
  const client = new SSMClient({
    region: "us-west-2",
    credentials: { accessKeyId: "virtual", secretAccessKey: "virtual" },
    signer: { sign: (request) => Promise.resolve(request) },
    requestHandler,
  });
  await client.send(new GetParameterCommand({ Name: TURN }));
  return client;
}

/** The handlers of AWS's services ask for no more of a request than this. */
async function answerTo(handler: Handler, target: string, body: string): Promise<{ status: number; body: string }> {
  const headers = new Map([
    ["x-amz-target", target],
    ["content-type", "application/x-amz-json-1.1"],
  ]);
  const request = { method: "POST", headers, text: () => Promise.resolve(body), signal: new AbortController().signal };
  const response = await handler(request as unknown as Request);
  return { status: response.status, body: await response.text() };
}

function connectTo(kubernetes: KubernetesWorld, time: VirtualTime): Connection {
  const handler = kubernetesHandler(kubernetes);
  const server = "http://api";
  const get = async (path: string) => {
    await time.pause(API_MS);
    const response = await handler(new Request(`${server}${path}`));
    return { status: response.status, text: await response.text(), retryAfter: undefined };
  };
  const late = async (until: number): Promise<never> => {
    await time.pause(Math.min(until - Date.now(), 2 ** 40));
    throw new OutOfTimeError("the time was up before the API server had answered");
  };
  return {
    server,
    get: async (path, { until = Infinity } = {}, onPiece) => {
      const answer = await Promise.race([get(path), late(until)]);
      onPiece?.(Buffer.from(answer.text));
      return onPiece === undefined ? answer : { ...answer, text: "" };
    },
    stream: () => Promise.reject(new Error("changes are told without a stream here")),
    renew: () => {},
  };
}
