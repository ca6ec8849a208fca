import { Watch } from "@kubernetes/client-node";
import * as z from "zod";
import { toError } from "../core/errors.ts";
import type { Connection } from "./connection.ts";

/** Why a watch ended. */
export type StreamEnd =
  /** In good order: the server has had enough, or nothing was heard for 30 s. Goes on where it was. */
  | { readonly kind: "closed" }
  /** The server no longer knows the version to go on from. */
  | { readonly kind: "expired" }
  | { readonly kind: "refused"; readonly status: number }
  | { readonly kind: "broken"; readonly error: Error }
  | { readonly kind: "stopped" };

const statusSchema = z.looseObject({ code: z.number(), message: z.string().default("") });

/**
 * One watch, from the connection to its end, told as a value: it never rejects. `onEvent` is called at once, one event after
 * the other, with ADDED, MODIFIED, DELETED and BOOKMARK. Where `onEvent` throws, the watch is broken.
 *
 * The library's Watch ends one that is silent for 30 s (`requestTimeoutMs`). That stays on: of a server that hangs nothing
 * else tells. It swallows what its callback throws, resolves even where it failed, and cannot be aborted while it connects;
 * so all that it says after the end is ignored here.
 */
export function openStream(
  { config }: Connection,
  path: string,
  query: Readonly<Record<string, string>>,
  onEvent: (type: string, object: unknown) => void,
  signal: AbortSignal,
): Promise<StreamEnd> {
  return new Promise((resolve) => {
    let controller: AbortController | undefined;
    let isOver = false;
    const end = (how: StreamEnd) => {
      if (isOver) return;
      isOver = true;
      signal.removeEventListener("abort", stop);
      controller?.abort();
      resolve(how);
    };
    const stop = () => end({ kind: "stopped" });
    const receive = (type: string, object: unknown) => {
      if (isOver) return;
      if (type === "ERROR") {
        end(endOf(object));
        return;
      }
      try {
        onEvent(type, object);
      } catch (error) {
        end({ kind: "broken", error: toError(error) });
      }
    };
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    else
      new Watch(config)
        .watch(pathOn(config.getCurrentCluster()?.server, path), { ...query }, receive, (error: unknown) =>
          end(endOf(error)),
        )
        .then(
          (opened) => {
            controller = opened;
            if (isOver) opened.abort();
          },
          (error: unknown) => end({ kind: "broken", error: toError(error) }),
        );
  });
}

/** The library puts the path right behind the server's URL. */
function pathOn(server: string | undefined, path: string): string {
  return server?.endsWith("/") === true ? path.slice(1) : path;
}

/**
 * | the library says                              | the watch is          |
 * |-----------------------------------------------|-----------------------|
 * | nothing                                       | closed                |
 * | TimeoutError, from its own clock              | closed                |
 * | an ERROR event, or an answer, with status 410 | expired               |
 * | an answer with another status                 | refused               |
 * | an ERROR event with another code, or an error | broken                |
 */
function endOf(said: unknown): StreamEnd {
  if (said === null || said === undefined) return { kind: "closed" };
  if (said instanceof Error || said instanceof DOMException) {
    if (said.name === "TimeoutError") return { kind: "closed" };
    const status = "statusCode" in said ? Number(said.statusCode) : undefined;
    if (status === undefined) return { kind: "broken", error: withCause(said) };
    return status === 410 ? { kind: "expired" } : { kind: "refused", status };
  }
  const status = statusSchema.safeParse(said).data;
  if (status?.code === 410) return { kind: "expired" };
  return { kind: "broken", error: new Error(`the server broke off the watch: ${status?.message ?? "no cause given"}`) };
}

/** `fetch failed` says nothing; its cause does. */
function withCause(error: Error): Error {
  return error.cause instanceof Error ? error.cause : error;
}
