import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { messageOf } from "../core/errors.ts";

/** One answer of the API server, read to its end. */
export type Answer = {
  readonly status: number;
  readonly text: string;
  /** Seconds, from the header Retry-After. */
  readonly retryAfter: number | undefined;
};

/** A way to a cluster's API server, with who asks. */
export type Connection = {
  /** The EKS cluster's ARN, where it is one. */
  readonly arn?: string | undefined;
  /** Throws an UnreachableError where no complete answer came. */
  readonly get: (path: string) => Promise<Answer>;
  /** Makes the next request prove anew who asks; called after a 401. */
  readonly renew: () => void;
  /** The same way, for the library's own Watch. */
  readonly config: KubeConfig;
};

/** No complete answer came; the cause is Node's own error. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  /** Since when no request at all has been answered, in milliseconds since the epoch. */
  readonly since: number;
  constructor(since: number, cause: unknown) {
    super(messageOf(cause), { cause });
    this.since = since;
  }
}

/** A connection that is silent for so long, or cannot be made, is given up, in milliseconds. */
const SILENCE = 10_000;
/** A failure that comes so long after the last one is not of the same outage, in milliseconds. */
const OUTAGE_GAP = 20_000;

/**
 * Plain requests with the credentials of a kubeconfig: the generated client makes one TLS connection a request where there
 * is a CA of its own, and has neither timeouts nor retries.
 */
export function createConnection(
  config: KubeConfig,
  { arn, renew = () => {} }: { readonly arn?: string; readonly renew?: () => void } = {},
): Connection {
  const server = new URL(config.getCurrentCluster()?.server ?? "");
  const isProxied = config.getCurrentCluster()?.proxyUrl !== undefined;
  const outage = createOutage();
  const agent = server.protocol === "https:" ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  return {
    config,
    arn,
    renew,
    get: async (path) => {
      const options: RequestOptions = { timeout: SILENCE };
      await config.applyToHTTPSOptions(options);
      const url = new URL(`${server.pathname.replace(/\/$/, "")}${path}`, server);
      try {
        const answer = await answerTo(url, isProxied ? options : { ...options, agent });
        outage.end();
        return answer;
      } catch (error) {
        throw new UnreachableError(outage.begin(), error);
      }
    },
  };
}

/** Lists that follow one another share one outage, so that a dead server is waited for once. */
function createOutage() {
  let lost: { readonly since: number; readonly last: number } | undefined;
  return {
    end: () => {
      lost = undefined;
    },
    /** Since when it lasts. */
    begin: (): number => {
      const now = Date.now();
      const isSame = lost !== undefined && now - lost.last <= OUTAGE_GAP;
      lost = { since: isSame && lost !== undefined ? lost.since : now, last: now };
      return lost.since;
    },
  };
}

function answerTo(url: URL, options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = send(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const seconds = Number(response.headers["retry-after"]);
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString("utf8"),
          retryAfter: Number.isFinite(seconds) ? seconds : undefined,
        });
      });
    });
    request.setHeader("accept", "application/json");
    // Set on the request itself, the time would only count from when it is connected.
    request.on("timeout", () => request.destroy(timeoutError(url)));
    request.on("error", reject);
    request.end();
  });
}

function timeoutError(url: URL): Error {
  return Object.assign(new Error(`${url.host} was silent for ${SILENCE / 1000} s`), { code: "ETIMEDOUT" });
}
