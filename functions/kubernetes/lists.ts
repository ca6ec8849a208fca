import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { pauseAfter } from "../core/backoff.ts";
import { clockProblem } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { OutOfTimeError, TooLargeError, UnreachableError } from "./connection.ts";
import type { Answer, Connection, Limits } from "./connection.ts";

const PAGE_SIZE = 500;
/**
 * The largest page that is read, in bytes. Parsed it takes about five times as much, four lists run at once, and an object may
 * have 1.5 MB: pages are as short as they have to be.
 */
const MOST_BYTES = 8 * 1024 * 1024;
/** One object at least has to fit. */
const SHORTEN = 8;
/** How long one list is tried again, in milliseconds. */
const PATIENCE = 20_000;
const BACKOFF = { first: 100, longest: 3_000 };

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
  readonly project: (item: unknown) => T;
  /** No more than so many objects. */
  readonly first?: number;
};

/**
 * Every object of a list, or an error: never fewer. Each page is projected at once, and asked for shorter where its objects are
 * large. What passes (throttling, server errors, broken connections) is tried again, with pauses, for 20 s in all; an expired
 * continue token begins the list anew; a refused token is renewed once. A server that has answered nobody for 20 s is tried
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
  if (reply === "too-large") throw new Error(`${what} could not be read: it is too large`);
  if (reply.status === 404) return undefined;
  if (reply.status !== 200) throw refusal(what, reply);
  return reply.body;
}

async function listPages<T>(
  { get }: Retry,
  { what, path, project, first = Infinity }: List<T>,
): Promise<readonly T[] | "expired"> {
  const items: T[] = [];
  let token = "";
  let size = PAGE_SIZE;
  for (;;) {
    const limit = Math.min(first, size);
    const query = `limit=${limit}${token === "" ? "" : `&continue=${encodeURIComponent(token)}`}`;
    const reply = await get(`${path}${path.includes("?") ? "&" : "?"}${query}`, limit === 1 ? Infinity : MOST_BYTES);
    if (reply === "too-large") {
      size = Math.max(1, Math.floor(limit / SHORTEN));
      continue;
    }
    if (reply.status === 410 && token !== "") return "expired";
    const page = parsePage(what, reply);
    for (const item of page.items ?? []) items.push(project(item));
    size = sizeFor(reply.text.length / (page.items?.length || 1));
    token = page.metadata.continue ?? "";
    if (token === "" || items.length >= first) return items;
  }
}

/** How many objects of such a size, in bytes, fit into half of what is read at once: the next ones may be larger. */
function sizeFor(bytes: number): number {
  return Math.min(PAGE_SIZE, Math.max(1, Math.floor(MOST_BYTES / 2 / bytes)));
}

/** An answer, understood: `body` is undefined where it is no JSON. */
type Reply = Pick<Answer, "status" | "text" | "date"> & { readonly body: unknown };

type Retry = {
  /** `most`: the largest answer that is read, in bytes. */
  readonly get: (path: string, most?: number) => Promise<Reply | "too-large">;
  /** Throws with `problem` where the time is up. */
  readonly pause: (problem: string) => Promise<void>;
};

function createRetry(connection: Connection, what: string, limits: Limits): Retry {
  const { until = Infinity, signal } = limits;
  const begun = Date.now();
  let pauses = 0;
  let isRenewed = false;
  const pause = async (problem: string, { seconds = 0, since = begun } = {}) => {
    const backoff = pauseAfter(BACKOFF, pauses++);
    const wait = Math.max(backoff, seconds * 1000);
    if (Date.now() + wait - Math.min(begun, since) > PATIENCE)
      throw new Error(`${problem}; it did not pass within ${PATIENCE / 1000} s, the next pass tries again`);
    if (Date.now() + wait > until) throw new Error(`${problem}; the time was up, the next pass tries again`);
    await sleep(wait, undefined, signal === undefined ? {} : { signal });
  };
  const get = async (path: string, most = Infinity): Promise<Reply | "too-large"> => {
    for (;;) {
      const answer = await connection.get(path, { ...limits, most }).catch((error: unknown) => {
        if (isPassing(error)) return error;
        if (error instanceof TooLargeError) return "too-large";
        const next = error instanceof OutOfTimeError ? "; the next pass tries again" : "";
        throw new Error(`${what} could not be read: ${messageOf(error)}${next}`, { cause: error });
      });
      if (answer === "too-large") return answer;
      if (answer instanceof UnreachableError) {
        const problem = `${what} could not be read: ${answer.message}; ${answer.remedy}`;
        await pause(problem, { since: answer.since });
        continue;
      }
      const reply = { ...answer, body: parseJson(answer.text) };
      if (reply.status === 401 && !isRenewed) {
        isRenewed = true;
        connection.renew();
      } else if (reply.status === 429 || reply.status >= 500 || (reply.status === 200 && reply.body === undefined)) {
        const seconds = answer.retryAfter ?? 0;
        await pause(`${what} could not be read: ${reply.status} ${messageIn(reply)}`, { seconds });
      } else {
        return reply;
      }
    }
  };
  return { get, pause };
}

function parsePage(what: string, reply: Reply): z.infer<typeof listSchema> {
  if (reply.status !== 200) throw refusal(what, reply);
  const parsed = listSchema.safeParse(reply.body);
  if (parsed.success) return parsed.data;
  throw new Error(
    `${what} could not be read: the server answered something that is no list; check that it is a Kubernetes API server`,
  );
}

function refusal(what: string, reply: Reply): ApiError {
  return new ApiError(`${what} could not be read: ${reply.status} ${messageIn(reply)}${remedyOf(reply)}`, reply.status);
}

function remedyOf({ status, date }: Reply): string {
  if (status === 401) {
    const unknown =
      "the API server does not know this identity: check the kubeconfig's token, or the cluster's access entry";
    return `; ${clockProblem(date, Date.now()) ?? unknown}`;
  }
  if (status === 403) return "; grant that right to this identity";
  return "";
}

function messageIn({ text, body }: Reply): string {
  const parsed = statusSchema.safeParse(body);
  return parsed.success ? parsed.data.message : text.slice(0, 200).trim();
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
