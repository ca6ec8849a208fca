import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { pauseAfter } from "../core/backoff.ts";
import { clockProblem } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { OutOfTimeError, UnreachableError } from "./connection.ts";
import type { Answer, Connection, Limits } from "./connection.ts";
import { ALL_BUT_MANAGERS } from "./fields.ts";
import type { Members } from "./fields.ts";
import { createListReader } from "./list-reader.ts";
import type { Projection } from "./list-reader.ts";
import { NO_API_SERVER } from "./reach.ts";

const PAGE_SIZE = 500;
/** How long one list is tried again, in milliseconds. */
const PATIENCE = 20_000;
const BACKOFF = { first: 100, longest: 3_000 };

/** Of an answer that was cut off on its way, or a page of somebody in between. */
const NO_JSON = `the server answered something that is no JSON; ${NO_API_SERVER}`;

const listSchema = z.looseObject({
  kind: z.string().endsWith("List"),
  metadata: z.looseObject({ continue: z.string().optional() }),
  items: z.array(z.unknown()).nullable(),
});

const statusSchema = z.looseObject({ message: z.string() });

/** An answer that is an error by the API server's own word. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export type List<T> = Limits & {
  /** Names the list in messages. */
  readonly what: string;
  /** Without paging. */
  readonly path: string;
  /** What is read of each object, and what is made of that; by default all but who manages its fields. */
  readonly fields?: Members;
  readonly project: Projection<T>["project"];
  readonly recall?: Projection<T>["recall"];
  /** No more than so many objects. */
  readonly first?: number;
};

/**
 * Every object of a list, or an error: never fewer. Each is projected as soon as it has come. What passes (throttling, server errors, broken connections) is tried again, with pauses, until it has failed for 20 s on end; an expired
 * continue token begins the list anew, within 20 s of its first beginning; a refused token is renewed once. A server that has answered nobody for 20 s is tried
 * once more, no longer.
 */
export async function listAll<T>(connection: Connection, list: List<T>): Promise<readonly T[]> {
  const retry = createRetry(connection, list.what, list);
  for (;;) {
    const items = await listPages(retry, list);
    if (items !== "expired") return items;
    await retry.pause(`${list.what}: the list expired before its last page`);
  }
}

/** One object, or undefined where there is none. Retried as a list is. */
export async function readObject(
  connection: Connection,
  what: string,
  path: string,
  limits: Limits = {},
): Promise<unknown> {
  const reply = await createRetry(connection, what, limits).get(path);
  if (reply.status === 404) return undefined;
  if (reply.status !== 200) throw refusal(what, reply);
  return reply.body;
}

async function listPages<T>(
  { list }: Retry,
  { what, path, fields = ALL_BUT_MANAGERS, project, recall, first = Infinity }: List<T>,
): Promise<readonly T[] | "expired"> {
  const found: T[] = [];
  let token = "";
  for (;;) {
    const limit = Math.min(first, PAGE_SIZE);
    const query = `limit=${limit}${token === "" ? "" : `&continue=${encodeURIComponent(token)}`}`;
    const { items, ...reply } = await list(`${path}${path.includes("?") ? "&" : "?"}${query}`, {
      fields,
      project,
      recall,
    });
    if (reply.status === 410 && token !== "") return "expired";
    const page = parsePage(what, reply, items.length);
    for (const item of items) found.push(item);
    token = page.metadata.continue ?? "";
    if (token === "" || found.length >= first) return found;
  }
}

/** An answer, understood: `body` is undefined where it is no JSON. */
type Reply = Answer & { readonly body: unknown };

type Retry = {
  readonly get: (path: string) => Promise<Reply>;
  /** Takes the objects out of the answer, which then holds a 0 for each. */
  readonly list: <T>(path: string, projection: Projection<T>) => Promise<Reply & { readonly items: readonly T[] }>;
  /** Throws with `problem` where the time is up. */
  readonly pause: (problem: string) => Promise<void>;
};

function createRetry(connection: Connection, what: string, limits: Limits): Retry {
  const { until = Infinity, signal } = limits;
  const begun = Date.now();
  /** How often, and since when, nothing has been answered that could be used. */
  let failing: { readonly since: number; readonly pauses: number } | undefined;
  let isRenewed = false;
  const pause = async (problem: string, since: number, seconds = 0) => {
    const { pauses } = (failing = { since, pauses: (failing?.pauses ?? -1) + 1 });
    const wait = Math.max(pauseAfter(BACKOFF, pauses), seconds * 1000);
    if (Date.now() + wait - since > PATIENCE) throw new Error(`${problem}; ${whyGivenUp(seconds)}`);
    if (Date.now() + wait > until) throw new Error(`${problem}; the time was up, the next pass tries again`);
    await sleep(wait, undefined, signal === undefined ? {} : { signal });
  };
  /** Asks until there is an answer that will not pass. */
  const persist = async <R extends Reply>(ask: () => Promise<R>): Promise<R> => {
    for (;;) {
      const since = failing?.since ?? Date.now();
      const reply = await ask().catch((error: unknown) => {
        if (isPassing(error)) return error;
        const next = error instanceof OutOfTimeError ? "; the next pass tries again" : "";
        throw new Error(`${what} could not be read: ${messageOf(error)}${next}`, { cause: error });
      });
      if (reply instanceof UnreachableError) {
        await pause(`${what} could not be read: ${reply.message}; ${reply.remedy}`, Math.min(since, reply.since));
      } else if (reply.status === 401 && !isRenewed) {
        isRenewed = true;
        connection.renew();
      } else if (reply.status === 429 || reply.status >= 500 || (reply.status === 200 && reply.body === undefined)) {
        const problem = reply.status === 200 ? NO_JSON : wordsOf(reply);
        await pause(`${what} could not be read: ${problem}`, since, reply.retryAfter);
      } else {
        failing = undefined;
        return reply;
      }
    }
  };
  return {
    get: (path) => persist(async () => understood(await connection.get(path, limits))),
    list: (path, projection) =>
      persist(async () => {
        const reader = createListReader(projection);
        const head = await connection.get(path, limits, reader.write);
        const { text, items } = reader.end();
        return { ...understood({ ...head, text }), items };
      }),
    pause: (problem) => pause(problem, begun),
  };
}

/** `seconds`: how long the server asks to be left alone. */
function whyGivenUp(seconds: number): string {
  return seconds === 0
    ? `it was tried for ${PATIENCE / 1000} s`
    : `it asks to be left alone for ${seconds} s, longer than the ${PATIENCE / 1000} s that a list is tried for; the next pass tries again`;
}

function understood(answer: Answer): Reply {
  return { ...answer, body: parseJson(answer.text) };
}

/** Of an answer whose objects, so many, have been taken out. */
function parsePage(what: string, reply: Reply, taken: number): z.infer<typeof listSchema> {
  if (reply.status !== 200) throw refusal(what, reply);
  const parsed = listSchema.safeParse(reply.body);
  if (parsed.success && (parsed.data.items ?? []).length === taken) return parsed.data;
  throw new Error(`${what} could not be read: the server answered something that is no list; ${NO_API_SERVER}`);
}

function refusal(what: string, reply: Reply): ApiError {
  return new ApiError(`${what} could not be read: ${wordsOf(reply)}${remedyOf(reply)}`, reply.status);
}

function remedyOf({ status, date, body }: Reply): string {
  if (status === 401) {
    const unknown =
      "the API server does not know this identity: check the kubeconfig's token, or the cluster's access entry";
    return `; ${clockProblem(date, Date.now()) ?? unknown}`;
  }
  if (status === 403) return "; grant that right to this identity";
  return statusSchema.safeParse(body).success ? "" : `; ${NO_API_SERVER}`;
}

function wordsOf({ status, text, body }: Reply): string {
  const parsed = statusSchema.safeParse(body);
  return `${status} ${parsed.success ? parsed.data.message : text.slice(0, 200).trim()}`.trimEnd();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Connections that broke, or were never made: Node's own codes. A wrong certificate does not pass. */
function isPassing(error: unknown): error is UnreachableError {
  if (!(error instanceof UnreachableError) || !(error.cause instanceof Error) || !("code" in error.cause)) return false;
  return [
    "ECONNRESET",
    "ECONNREFUSED",
    "ECONNABORTED",
    "EPIPE",
    "ETIMEDOUT",
    "EAI_AGAIN",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "HPE_INVALID_EOF_STATE",
  ].includes(String(error.cause.code));
}
