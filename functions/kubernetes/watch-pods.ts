import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { pauseAfter } from "../core/backoff.ts";
import { InputError, toError } from "../core/errors.ts";
import type { Connection } from "./connection.ts";
import { createKnownPods, sightingOf } from "./known-pods.ts";
import type { PodChange } from "./known-pods.ts";
import { ApiError, listAll, readObject } from "./lists.ts";
import { parseObject } from "./parse-object.ts";
import { POD_FIELDS } from "./pods.ts";
import { openStream } from "./watch-stream.ts";
import type { StreamEnd } from "./watch-stream.ts";

export type PodWatch = {
  /** Something that matters has changed of a pod, or may have: where to look, no more. */
  readonly onChange: (change: PodChange) => void;
  /** An event has come, whether or not it matters. */
  readonly onEvent: () => void;
  /** The watch ended, and is taken up again; undefined where that is as it should be. */
  readonly onReconnect: (problem: string | undefined) => void;
  readonly signal: AbortSignal;
};

const PODS = "/api/v1/pods";
const WHAT = "pods of the cluster";
const FORGOTTEN = "the server has forgotten where the watch was; the pods are listed again";
const BACKOFF = { first: 100, longest: 5_000 };
/** A watch that has lasted so long was a good one, in milliseconds. */
const STEADY = 5_000;

/**
 * Follows the pods of all namespaces until the signal: a list, then a watch that goes on where the last one ended. Where the
 * server has forgotten that place, the pods are listed again and compared with what was known. What the first list shows is
 * no change. Nothing is missed for good, and nothing is trusted: a change only says where to look.
 *
 * Of each pod that counts for Cloud Map one short text is kept, of the others nothing: as much memory as there are pods.
 *
 * A server that refuses, or is away, is tried again, ever less often. Throws at the signal where it has not let a watch begin
 * since: an InputError where the right is missing.
 */
export async function watchPods(connection: Connection, { signal, ...listener }: PodWatch): Promise<void> {
  const known = createKnownPods(listener.onChange);
  let version: string | undefined;
  let failures = 0;
  /** Why there is no watch at present. */
  let obstacle: Error | undefined;
  while (!signal.aborted) {
    const begun = Date.now();
    const end = await followOnce();
    if (signal.aborted) break;
    if (end.kind === "refused" && end.status === 401) connection.renew();
    if (end.kind === "expired") version = undefined;
    obstacle = obstacleOf(end) ?? obstacle;
    listener.onReconnect(end.kind === "expired" ? FORGOTTEN : obstacleOf(end)?.message);
    if (Date.now() - begun >= STEADY) failures = 0;
    else await sleep(pauseAfter(BACKOFF, failures++), undefined, { signal }).catch(() => {});
  }
  if (obstacle !== undefined) throw obstacle;

  async function followOnce(): Promise<StreamEnd> {
    try {
      version ??= await list();
      return await openStream(connection, {
        path: PODS,
        query: { resourceVersion: version, allowWatchBookmarks: "true" },
        onOpen: () => {
          obstacle = undefined;
        },
        onEvent: (type, object) => {
          version = versionOf(object);
          if (type === "BOOKMARK") return;
          listener.onEvent();
          known.see(sightingOf(object, type === "DELETED"));
        },
        signal,
      });
    } catch (error) {
      if (error instanceof ApiError) return { kind: "refused", status: error.status, message: error.message };
      return { kind: "broken", error: toError(error) };
    }
  }

  /** The version is one from before the list: what changes while its pages are read comes again as events. */
  async function list(): Promise<string> {
    const before = versionOf(await readObject(connection, WHAT, `${PODS}?limit=1`, { signal }));
    known.seeAll(
      await listAll(connection, {
        what: WHAT,
        path: PODS,
        fields: POD_FIELDS,
        project: (pod) => sightingOf(pod, false),
        signal,
      }),
    );
    return before;
  }
}

const objectSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
});

function versionOf(object: unknown): string {
  return parseObject(objectSchema, object).metadata.resourceVersion;
}

function obstacleOf(end: StreamEnd): Error | undefined {
  switch (end.kind) {
    case "closed":
    case "stopped":
    case "expired":
      return undefined;
    case "refused":
      return end.status === 403 ? new InputError(missingRight(end.message)) : new Error(refusal(end));
    case "broken":
      return end.error;
    default:
      return end satisfies never;
  }
}

function missingRight(message: string): string {
  return `the pods may not be watched (${message}); grant \`list\` and \`watch\` on pods in all namespaces: infra/rbac.yaml does, and so does the policy AmazonEKSViewPolicy`;
}

function refusal({ status, message }: { readonly status: number; readonly message: string }): string {
  return `the API server refused the watch of pods: ${status} ${message}`;
}
