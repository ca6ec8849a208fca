import { test } from "@fast-check/vitest";
import * as fc from "fast-check";
import { describe, expect } from "vitest";
import type { Connection } from "../../functions/kubernetes/connection.ts";
import { readClusterUid } from "../../functions/kubernetes/identity.ts";
import { listAll } from "../../functions/kubernetes/lists.ts";
import { listNamespaceNames } from "../../functions/kubernetes/namespaces.ts";
import { projectNode } from "../../functions/kubernetes/nodes.ts";
import { projectPod } from "../../functions/kubernetes/pods.ts";
import { openStream } from "../../functions/kubernetes/watch-stream.ts";
import { nodeObject, podObject } from "../emulators/kubernetes/workloads.ts";
import { json, mutated, outcome, RUNS, text } from "./hostile.ts";

type Page = { readonly status: number; readonly text: string };

const POD = podObject({ name: "web-1", namespace: "shop", ip: "10.0.0.1", ports: [{ containerPort: 80 }] });
const NAMESPACE = { metadata: { name: "kube-system", uid: "7e1f" } };
const itemsOf = (sample: object) =>
  fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(sample) }, json, mutated(sample)), { maxLength: 3 });
const pageOf = (sample: object) =>
  fc.tuple(itemsOf(sample), fc.constantFrom("", "", "next")).map(([items, token]) => ({
    kind: "List",
    metadata: { continue: token },
    items,
  }));
const answersOf = (sample: object): fc.Arbitrary<readonly Page[]> =>
  fc.array(
    fc.record({
      // Those after which the list is not tried again: time is not what is asked about here.
      status: fc.constantFrom(200, 200, 200, 200, 400, 401, 403, 404, 410),
      text: fc.oneof(
        { weight: 4, arbitrary: pageOf(sample).map((page) => JSON.stringify(page)) },
        pageOf(sample)
          .chain(mutated)
          .map((page) => JSON.stringify(page) ?? ""),
        json.map((one) => JSON.stringify(one)),
        text,
      ),
    }),
    { minLength: 1, maxLength: 4 },
  );

/** Answers these, and the last one for ever. */
function answering(pages: readonly Page[]): Connection {
  let at = 0;
  return {
    server: "https://127.0.0.1",
    get: () => Promise.resolve({ retryAfter: undefined, ...(pages[Math.min(at++, pages.length - 1)] as Page) }),
    stream: () => Promise.reject(new Error("nothing is watched here")),
    renew: () => {},
  };
}

describe.each<readonly [string, object, (connection: Connection, until: number) => Promise<unknown>]>([
  [
    "pods",
    POD,
    (connection, until) =>
      listAll(connection, { what: "pods", path: "/pods", project: (item) => projectPod(item), until }),
  ],
  [
    "nodes",
    nodeObject({ name: "node-1" }),
    (connection, until) => listAll(connection, { what: "nodes", path: "/nodes", project: projectNode, until }),
  ],
  ["namespaces", NAMESPACE, listNamespaceNames],
  ["the cluster's UID", NAMESPACE, readClusterUid],
])("%s", (_, sample, read) => {
  test.prop([answersOf(sample)], RUNS)("are all that the server has, or an error: never fewer", async (pages) => {
    const last = pages.at(-1);
    // A server that has always one more page is ended by the connection's time, which is not here.
    fc.pre(last !== undefined && !last.text.includes("next"));
    const until = Date.now() + 1;
    const found = await read(answering(pages), until).catch((error: unknown) => error);
    if (found instanceof Error) return;
    const whole = wholeList(pages);
    expect(whole).toBeDefined();
    if (Array.isArray(found)) expect(found.length).toBe(whole?.length);
  });
});

/** What the pages say together, where each of them is a page of a list. An expired token begins it anew. */
function wholeList(pages: readonly Page[]): readonly unknown[] | undefined {
  let items: unknown[] = [];
  let token = "";
  let isRenewed = false;
  for (let at = 0; ; at++) {
    const { status, text } = pages[Math.min(at, pages.length - 1)] as Page;
    if (status === 410 && token !== "") return undefined;
    if (status === 401 && !isRenewed) {
      isRenewed = true;
      continue;
    }
    const page = outcome(
      (): unknown => JSON.parse(text),
      () => true,
    ) as ReturnType<typeof JSON.parse>;
    if (status !== 200 || !(page.items === null || Array.isArray(page.items))) return undefined;
    items = [...items, ...(page.items ?? [])];
    token = page.metadata.continue ?? "";
    if (token === "") return items;
  }
}

const event = fc.record({ type: fc.constantFrom("ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"), object: json });
const stream = fc
  .array(fc.oneof({ weight: 4, arbitrary: event.map((one) => JSON.stringify(one)) }, text), { maxLength: 6 })
  .map((lines) => Buffer.from(lines.join("\n"), "utf8"));

test.prop([stream, fc.integer({ min: 1, max: 40 })], RUNS)(
  "a watch shows the same events however its stream is cut, and ends in one of its ways",
  async (bytes, size) => {
    const [whole, cut] = await Promise.all([watch(bytes, bytes.length || 1), watch(bytes, size)]);
    expect(cut.seen).toEqual(whole.seen);
    expect(cut.end).toBe(whole.end);
    expect(["closed", "expired", "refused", "broken"]).toContain(cut.end);
  },
);

async function watch(bytes: Buffer, size: number) {
  const seen: unknown[] = [];
  const connection: Connection = {
    ...answering([{ status: 200, text: "" }]),
    stream: async (_path, { onHead, onPiece }) => {
      const head = { status: 200, retryAfter: undefined };
      onHead?.(head);
      for (let at = 0; at < bytes.length; at += size) onPiece(bytes.subarray(at, at + size));
      return head;
    },
  };
  const { signal } = new AbortController();
  const onEvent = (type: string, object: unknown) => seen.push([type, object]);
  const { kind } = await openStream(connection, { path: "/pods", query: {}, onEvent, signal });
  return { seen, end: kind };
}
