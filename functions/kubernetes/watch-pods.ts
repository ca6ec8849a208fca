import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { InputError, messageOf, toError } from "../core/errors.ts";
import { podName } from "../core/model.ts";
import type { Pod, PodKey } from "../core/model.ts";
import type { Connection } from "./connection.ts";
import { ApiError, listAll, readObject } from "./lists.ts";
import { projectPod } from "./pods.ts";
import { openStream } from "./watch-stream.ts";
import type { StreamEnd } from "./watch-stream.ts";

export type PodWatch = {
  /** Something that matters has changed of a pod, or may have: where to look, no more. */
  readonly onChange: (pod: PodKey) => void;
  /** An event has come, whether or not it matters. */
  readonly onEvent: () => void;
  /** The watch ended, and is taken up again; undefined where that is as it should be. */
  readonly onReconnect: (problem: string | undefined) => void;
  readonly signal: AbortSignal;
};

const PODS = "/api/v1/pods";
const WHAT = "pods of the cluster";
/** Pauses after failures that follow one another, in milliseconds; jittered, so that many watches do not come back at once. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;
/** A watch that has lasted so long was a good one, in milliseconds. */
const STEADY = 5_000;

/**
 * Follows the pods of all namespaces until the signal: a list, then a watch that goes on where the last one ended. Where the
 * server has forgotten that place, the pods are listed again and compared with what was known. What the first list shows is
 * no change. Nothing is missed for good, and nothing is trusted: a change only says where to look.
 *
 * Of each pod that counts for Cloud Map one short text is kept, of the others nothing: as much memory as there are pods.
 *
 * Throws an InputError where the right is missing.
 */
export async function watchPods(connection: Connection, { signal, ...told }: PodWatch): Promise<void> {
  const known = createKnown(told.onChange);
  let version: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    const begun = Date.now();
    const end = await followOnce();
    if (signal.aborted) return;
    if (end.kind === "refused" && end.status === 403) throw new InputError(missingRight("403 Forbidden"));
    if (end.kind === "refused" && end.status === 401) connection.renew();
    if (end.kind === "expired") version = undefined;
    told.onReconnect(problemOf(end));
    if (Date.now() - begun >= STEADY) failures = 0;
    else await pause(failures++, signal);
  }

  async function followOnce(): Promise<StreamEnd> {
    try {
      version ??= await list();
      return await openStream(
        connection,
        PODS,
        { resourceVersion: version, allowWatchBookmarks: "true" },
        (type, object) => {
          version = versionOf(object);
          if (type === "BOOKMARK") return;
          told.onEvent();
          known.see(sightingOf(object, type === "DELETED"));
        },
        signal,
      );
    } catch (error) {
      if (error instanceof ApiError && error.status === 403)
        throw new InputError(missingRight(error.message), { cause: error });
      return { kind: "broken", error: toError(error) };
    }
  }

  /** The version is one from before the list: what changes while its pages are read comes again as events. */
  async function list(): Promise<string> {
    const before = versionOf(await readObject(connection, WHAT, `${PODS}?limit=1`));
    known.seeAll(await listAll(connection, WHAT, PODS, (item) => sightingOf(item, false)));
    return before;
  }
}

/** A pod as far as it matters; undefined: it does not count, or not any more. */
type Sighting = { readonly key: PodKey; readonly mark: string | undefined };

/** What is kept of the pods, by name. */
function createKnown(onChange: (pod: PodKey) => void) {
  let marks: Map<string, { readonly key: PodKey; readonly mark: string }> | undefined;
  const note = ({ key, mark }: Sighting) => {
    const name = podName(key);
    if (marks?.get(name)?.mark === mark) return;
    if (mark === undefined) marks?.delete(name);
    else marks?.set(name, { key, mark });
    onChange(key);
  };
  return {
    see: note,
    seeAll: (sightings: readonly Sighting[]) => {
      const living = sightings.flatMap(({ key, mark }) =>
        mark === undefined ? [] : [[podName(key), { key, mark }] as const],
      );
      if (marks === undefined) {
        marks = new Map(living);
        return;
      }
      const names = new Set(living.map(([name]) => name));
      const gone = [...marks.values()].filter(({ key }) => !names.has(podName(key)));
      for (const { key } of gone) note({ key, mark: undefined });
      for (const [, sighting] of living) note(sighting);
    },
  };
}

const objectSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string(), uid: z.string().default("") }),
});

function versionOf(object: unknown): string {
  return objectSchema.parse(object).metadata.resourceVersion;
}

/** A pod that has no address yet, is terminating or has ended is as good as none: nothing more of it matters until that changes. */
function sightingOf(object: unknown, isDeleted: boolean): Sighting {
  const pod = projectPod(object);
  const isGone = isDeleted || pod.state === "gone";
  return { key: pod.key, mark: isGone ? undefined : markOf(pod, objectSchema.parse(object).metadata.uid) };
}

/** All that a reconcile reads of a pod, and which one it is: another pod may have the same name. */
function markOf(pod: Pod, uid: string): string {
  const { ips, labels, mesh, virtualNode, controller, state, node, host, ports } = pod;
  return JSON.stringify([uid, state, ips, labels, mesh, virtualNode, controller, node, host, ports]);
}

function missingRight(refusal: string): string {
  return `the pods may not be watched (${refusal}); grant \`list\` and \`watch\` on pods in all namespaces: infra/rbac.yaml does, and so does the policy AmazonEKSViewPolicy`;
}

function problemOf(end: StreamEnd): string | undefined {
  switch (end.kind) {
    case "closed":
    case "stopped":
      return undefined;
    case "expired":
      return "the server has forgotten where the watch was; the pods are listed again";
    case "refused":
      return `the server refused the watch with status ${end.status}`;
    case "broken":
      return messageOf(end.error);
    default:
      return end satisfies never;
  }
}

async function pause(failures: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
  await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
}
