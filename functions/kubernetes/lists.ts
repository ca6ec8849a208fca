import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { messageOf } from "../core/errors.ts";
import type { Answer, Connection } from "./connection.ts";

const PAGE_SIZE = 500;
/** How long one list is tried again, in milliseconds. */
const PATIENCE = 20_000;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 3_000;

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

/**
 * Every object of a list, or an error: never fewer. `what` names the list in messages, `path` is without paging. Each page is
 * projected at once. What passes (throttling, server errors, broken connections) is tried again, with pauses, for 20 s in all;
 * an expired continue token begins the list anew; a refused token is renewed once.
 */
export async function listAll<T>(
  connection: Connection,
  what: string,
  path: string,
  project: (item: unknown) => T,
  limit?: { readonly first: number },
): Promise<readonly T[]> {
  const retry = createRetry(connection, what);
  for (;;) {
    const items: T[] = [];
    let token = "";
    do {
      const query = `limit=${limit?.first ?? PAGE_SIZE}${token === "" ? "" : `&continue=${encodeURIComponent(token)}`}`;
      const answer = await retry.get(`${path}${path.includes("?") ? "&" : "?"}${query}`);
      if (answer.status === 410 && token !== "") {
        await retry.pause(`${what}: the list expired before its last page`);
        token = "restart";
        break;
      }
      const page = parsePage(what, answer);
      items.push(...(page.items ?? []).map(project));
      if (limit !== undefined && items.length >= limit.first) return items;
      token = page.metadata.continue ?? "";
    } while (token !== "");
    if (token === "") return items;
  }
}

/** One object, or undefined where there is none. Retried as a list is. */
export async function readObject(connection: Connection, what: string, path: string): Promise<unknown> {
  const answer = await createRetry(connection, what).get(path);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refusal(what, answer);
  return JSON.parse(answer.text);
}

function createRetry(connection: Connection, what: string) {
  const begun = Date.now();
  let pauses = 0;
  let isRenewed = false;
  const pause = async (problem: string, seconds?: number) => {
    const backoff = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** pauses++) * (0.5 + Math.random() / 2);
    const wait = Math.max(backoff, (seconds ?? 0) * 1000);
    if (Date.now() + wait - begun > PATIENCE)
      throw new Error(`${problem}; it was tried for ${PATIENCE / 1000} s, the next pass tries again`);
    await sleep(wait);
  };
  const get = async (path: string): Promise<Answer> => {
    for (;;) {
      const answer = await connection.get(path).catch((error: unknown) => {
        if (!isPassing(error)) throw new Error(`${what} could not be read: ${messageOf(error)}`, { cause: error });
        return error;
      });
      if (answer instanceof Error) {
        await pause(`${what} could not be read: ${messageOf(answer)}; check that the API server can be reached`);
      } else if (answer.status === 401 && !isRenewed) {
        isRenewed = true;
        connection.renew();
      } else if (answer.status === 429 || answer.status >= 500 || (answer.status === 200 && !isWhole(answer))) {
        await pause(`${what} could not be read: ${answer.status} ${messageIn(answer)}`, answer.retryAfter);
      } else {
        return answer;
      }
    }
  };
  return { get, pause };
}

function parsePage(what: string, answer: Answer): z.infer<typeof listSchema> {
  if (answer.status !== 200) throw refusal(what, answer);
  const parsed = listSchema.safeParse(JSON.parse(answer.text));
  if (parsed.success) return parsed.data;
  throw new Error(
    `${what} could not be read: the server answered something that is no list; check that it is a Kubernetes API server`,
  );
}

function refusal(what: string, answer: Answer): ApiError {
  return new ApiError(
    `${what} could not be read: ${answer.status} ${messageIn(answer)}${remedyOf(answer.status)}`,
    answer.status,
  );
}

function remedyOf(status: number): string {
  if (status === 401)
    return "; the API server does not know this identity: check the kubeconfig's token, or the cluster's access entry";
  if (status === 403) return "; grant that right to this identity";
  return "";
}

function messageIn({ text }: Answer): string {
  try {
    const parsed = statusSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.message : text.slice(0, 200);
  } catch {
    return text.slice(0, 200).trim();
  }
}

function isWhole({ text }: Answer): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Connections that broke, or were never made: Node's own codes. A wrong certificate does not pass. */
function isPassing(error: unknown): error is Error {
  if (!(error instanceof Error) || !("code" in error)) return false;
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
  ].includes(String(error.code));
}
