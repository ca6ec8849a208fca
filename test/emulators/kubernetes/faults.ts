import { setTimeout as sleep } from "node:timers/promises";
import { BREAK_CONNECTION } from "../serve.ts";
import { StatusError, statusResponse, unauthorized } from "./status.ts";

/** `count`: how many requests of this method and path there have been, this one included. */
export type FaultQuestion = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly count: number;
};

/** What goes wrong with one request. `afterBytes` counts the body; without it a body ends in its first half. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly retryAfterSeconds?: number; readonly message?: string }
  | { readonly kind: "break" } // before an answer
  | { readonly kind: "break-body"; readonly afterBytes?: number }
  | { readonly kind: "stall-body"; readonly afterBytes?: number } // stays open, silent
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "hang" }; // never answers

/** The answer to a request that `fault` befalls; `answer` makes the true one. */
export async function answerWith(
  fault: Fault | undefined,
  signal: AbortSignal,
  answer: () => Promise<Response>,
): Promise<Response> {
  switch (fault?.kind) {
    case undefined:
      return answer();
    case "status":
      return statusFault(fault);
    case "break":
      return BREAK_CONNECTION;
    case "delay":
      await sleep(fault.ms, undefined, { signal });
      return answer();
    case "hang":
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return BREAK_CONNECTION;
    case "break-body":
    case "stall-body": {
      const response = await answer();
      const body = response.body && cut(response.body, fault.kind, fault.afterBytes);
      return new Response(body, { status: response.status, headers: response.headers });
    }
    default:
      return fault satisfies never;
  }
}

function statusFault({ status, retryAfterSeconds, message }: Fault & { kind: "status" }): Response {
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  // Priority and fairness answers in plain text, not with a Status.
  if (status === 429) {
    return new Response(message ?? "Too many requests, please try again later.\n", {
      status,
      headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff", ...headers },
    });
  }
  if (status === 401) return statusResponse(unauthorized());
  const [reason, usual] = failures[status] ?? ["InternalError", "an error on the server has prevented the request"];
  return statusResponse(new StatusError(status, reason, message ?? usual, { headers }));
}

const failures: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  500: ["InternalError", "Internal error occurred: etcdserver: request timed out"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: ["Timeout", "Timeout: request did not complete within the allotted timeout"],
};

function cut(body: ReadableStream<Uint8Array>, kind: "break-body" | "stall-body", afterBytes: number | undefined) {
  const reader = body.getReader();
  let sent = 0;
  let ended = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (ended) {
        if (kind === "break-body") controller.error(new Error("the connection breaks"));
        else await new Promise(() => {});
        return;
      }
      const { done, value } = await reader.read();
      if (done) {
        controller.close();
        return;
      }
      const limit = afterBytes ?? Math.floor(value.length / 2);
      controller.enqueue(value.slice(0, limit - sent));
      ended = sent + value.length >= limit;
      sent += value.length;
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
