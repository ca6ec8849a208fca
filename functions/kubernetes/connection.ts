import { request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { messageOf } from "../core/errors.ts";
import { createAgent } from "./agent.ts";
import { createOutage } from "./outage.ts";
import { reachRemedy } from "./reach.ts";
import { withoutUser } from "./without-user.ts";

/** One answer of the API server, read to its end. `text` is empty where somebody took it as it came. */
export type Answer = Head & { readonly text: string };

/** What an answer begins with. */
export type Head = {
  readonly status: number;
  /** Seconds, from the header Retry-After. */
  readonly retryAfter: number | undefined;
  /** When the server says it is, in milliseconds since the epoch. */
  readonly date?: number | undefined;
};

/** A way to a cluster's API server, with who asks. */
export type Connection = {
  /** The EKS cluster's ARN, where it is one. */
  readonly arn?: string | undefined;
  /** Whether the cluster may be without any pod. */
  readonly mayBeEmpty?: boolean;
  /** The URL of its API server, as it may be shown. */
  readonly server: string;
  /**
   * Throws an UnreachableError where no complete answer came, an OutOfTimeError where the time was up, and the signal's
   * reason where it aborted. `onPiece` takes the answer as it comes, whatever its status.
   */
  readonly get: (path: string, limits?: Limits, onPiece?: Receiver["onPiece"]) => Promise<Answer>;
  /**
   * An answer that goes on. Settles when it has ended: throws a SilenceError where nothing came for 30 s, the signal's reason,
   * what the receiver threw, or Node's own error.
   */
  readonly stream: (path: string, receiver: Receiver, signal: AbortSignal) => Promise<Head>;
  /** Makes the next request prove anew who asks; called after a 401. */
  readonly renew: () => void;
};

/** When a read is given up. */
export type Limits = {
  /** In milliseconds since the epoch. */
  readonly until?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Takes an answer as it comes. */
export type Receiver = {
  readonly onHead?: (head: Head) => void;
  readonly onPiece: (piece: Buffer) => void;
};

/** Where an API server is and whom to trust. */
export type Endpoint = {
  readonly server: URL;
  /** PEM; undefined: the authorities that Node trusts. */
  readonly ca?: string | undefined;
  /** The name on the server's certificate, where it is not the URL's. */
  readonly certificateName?: string | undefined;
  /** Whether any certificate will do. */
  readonly isUnverified?: boolean;
  /** `http:`, `https:` or `socks5:`. */
  readonly proxy?: URL | undefined;
  /** Where the server's address was found, for who may have meant another: `context prod of the kubeconfig FILE`. */
  readonly foundIn?: string | undefined;
};

/** What proves who asks: headers, or a client certificate (PEM). */
export type Credentials = {
  readonly headers: OutgoingHttpHeaders;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
};

type Identity = {
  readonly arn?: string | undefined;
  readonly mayBeEmpty?: boolean;
  /** Asked before each request. */
  readonly credentials?: () => Promise<Credentials>;
  readonly renew?: () => void;
};

/** No complete answer came; the cause is Node's own error. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  /** Since when no request at all has been answered, in milliseconds since the epoch. */
  readonly since: number;
  /** What to do about it. */
  readonly remedy: string;
  constructor(since: number, cause: unknown, foundIn?: string) {
    super(messageOf(cause), { cause });
    this.since = since;
    const choice = foundIn === undefined ? "" : `; it is the server of ${foundIn}: name another with --context`;
    this.remedy = `${reachRemedy(cause)}${choice}`;
  }
}

/** Nothing was heard for too long. */
export class SilenceError extends Error {
  override readonly name = "SilenceError";
  readonly code = "ETIMEDOUT";
}

/** The caller's time was up before the answer had come. */
export class OutOfTimeError extends Error {
  override readonly name = "OutOfTimeError";
}

/** A request that is silent for so long, or cannot be connected, is given up, in milliseconds. */
const SILENCE = 10_000;
/** The same for a stream, in milliseconds: bookmarks come once a minute, and of a server that hangs nothing else tells. */
const STREAM_SILENCE = 30_000;
/** The longest that a timer takes, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Requests that share kept connections, so that a pass makes one TLS handshake for each list that runs at once. */
export function createConnection(
  endpoint: Endpoint,
  { arn, mayBeEmpty = false, credentials = () => Promise.resolve({ headers: {} }), renew = () => {} }: Identity = {},
): Connection {
  const outage = createOutage();
  const exchange = createExchange(endpoint, credentials);
  return {
    arn,
    mayBeEmpty,
    server: withoutUser(endpoint.server.href),
    renew,
    get: async (path, limits = {}, onPiece) => {
      const pieces: Buffer[] = [];
      const limit = createLimit(limits, endpoint.server.host);
      const receiver = { onPiece: onPiece ?? ((piece: Buffer) => void pieces.push(piece)) };
      try {
        const head = await exchange(path, receiver, SILENCE, limit.signal);
        outage.end();
        return { ...head, text: Buffer.concat(pieces).toString("utf8") };
      } catch (error) {
        if (limit.signal.aborted) throw limit.signal.reason;
        throw new UnreachableError(outage.begin(), error, endpoint.foundIn);
      } finally {
        limit.lift();
      }
    },
    stream: (path, receiver, signal) => exchange(path, receiver, STREAM_SILENCE, signal),
  };
}

/** Aborts when a caller's time is up, or the caller does. */
function createLimit({ until = Infinity, signal }: Limits, host: string) {
  const controller = new AbortController();
  const end = () => controller.abort(new OutOfTimeError(`the time was up before ${host} had answered`));
  const left = until - Date.now();
  if (left <= 0) end();
  const timer = left > 0 && left <= LONGEST_TIMER ? setTimeout(end, left) : undefined;
  return {
    signal: signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal]),
    lift: () => clearTimeout(timer),
  };
}

type Exchange = (path: string, receiver: Receiver, silence: number, signal: AbortSignal) => Promise<Head>;

function createExchange(endpoint: Endpoint, credentials: () => Promise<Credentials>): Exchange {
  const { server, ca, certificateName, isUnverified = false } = endpoint;
  const agent = createAgent(endpoint);
  const send = server.protocol === "https:" ? httpsRequest : httpRequest;
  const fixed = {
    agent,
    rejectUnauthorized: !isUnverified,
    ...(ca === undefined ? {} : { ca }),
    ...(certificateName === undefined ? {} : { servername: certificateName }),
  };
  return async (path, receiver, silence, signal) => {
    const { headers, cert, key } = await unlessAborted(signal, credentials);
    const url = new URL(`${server.pathname.replace(/\/$/, "")}${path}`, server);
    const certificate = cert === undefined || key === undefined ? {} : { cert, key };
    const request = send(url, { ...fixed, ...certificate, headers: { accept: "application/json", ...headers } });
    return readAnswer(request, { receiver, silence, signal, host: server.host });
  };
}

/** What is asked for, or the signal's reason, whichever comes first. */
async function unlessAborted<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    return await Promise.race([ask(), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

type Reading = {
  readonly receiver: Receiver;
  /** In milliseconds. */
  readonly silence: number;
  readonly signal: AbortSignal;
  readonly host: string;
};

function readAnswer(request: ClientRequest, { receiver, silence, signal, host }: Reading): Promise<Head> {
  return new Promise((resolve, reject) => {
    const giveUp = (error: unknown) => {
      reject(error);
      request.destroy();
    };
    const stop = () => giveUp(signal.reason);
    // Of ours, since a socket's own time begins when it is connected.
    const timer = setTimeout(() => giveUp(new SilenceError(`${host} was silent for ${silence / 1000} s`)), silence);
    signal.addEventListener("abort", stop);
    request.on("close", () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    });
    request.on("error", reject);
    request.on("response", (response) => {
      const head = headOf(response);
      receiver.onHead?.(head);
      response.on("error", reject);
      response.on("end", () => resolve(head));
      response.on("data", (piece: Buffer) => {
        timer.refresh();
        try {
          receiver.onPiece(piece);
        } catch (error) {
          giveUp(error);
        }
      });
    });
    request.end();
  });
}

function headOf({ statusCode = 0, headers }: IncomingMessage): Head {
  const seconds = Number(headers["retry-after"]);
  const date = Date.parse(headers.date ?? "");
  return {
    status: statusCode,
    retryAfter: Number.isFinite(seconds) ? seconds : undefined,
    date: Number.isFinite(date) ? date : undefined,
  };
}
