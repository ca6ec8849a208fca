import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { createConnection } from "../../functions/kubernetes/connection.ts";
import type { Credentials } from "../../functions/kubernetes/connection.ts";
import { openStream } from "../../functions/kubernetes/watch-stream.ts";
import type { StreamEnd } from "../../functions/kubernetes/watch-stream.ts";
import { BREAK_CONNECTION, serve } from "../emulators/serve.ts";

const POD = { kind: "Pod", metadata: { name: "web" } };
const NEVER = new AbortController().signal;

test.each<[string, () => Response, StreamEnd]>([
  ["its stream ends", () => lines(), { kind: "closed" }],
  ["an ERROR event says that the version is too old", () => lines(failure(410)), { kind: "expired" }],
  ["the request is answered that the version is too old", () => new Response("", { status: 410 }), { kind: "expired" }],
  [
    "an ERROR event says anything else",
    () => lines(failure(500)),
    { kind: "broken", error: expect.objectContaining({ message: "the server broke off the watch: no luck" }) },
  ],
  [
    "it is forbidden",
    () => Response.json({ kind: "Status", code: 403, message: "pods is forbidden" }, { status: 403 }),
    { kind: "refused", status: 403, message: "pods is forbidden" },
  ],
  [
    "something that is no API server refuses it",
    () => new Response("<html>busy</html>", { status: 503 }),
    { kind: "refused", status: 503, message: "<html>busy</html>" },
  ],
])("a watch says how it ended when %s", async (_, answer, end) => {
  const { watch } = await open(answer);
  expect(await watch()).toEqual(end);
});

test("a connection that breaks says what broke it", async () => {
  const { watch } = await open(() => BREAK_CONNECTION);
  expect(await watch()).toMatchObject({ kind: "broken", error: { message: "socket hang up" } });
});

test("a watch that breaks off within a line says so, and shows nothing of that line", async () => {
  const { watch, seen } = await open(() => new Response(`${JSON.stringify(added("web"))}\n{"type":"ADDED","ob`));
  expect(await watch()).toMatchObject({ kind: "broken", error: { message: expect.stringContaining("no JSON") } });
  expect(seen).toEqual(["web"]);
});

test("events are whole, however the stream is cut: within lines, and within characters", async () => {
  const names = ["größe-ä", "ポッド", "web", "😀"];
  const bytes = new TextEncoder().encode(names.map((name) => `${JSON.stringify(added(name))}\n`).join("\r\n"));
  const { watch, seen } = await open(() => new Response(inPieces(bytes, 1)));
  expect(await watch()).toEqual({ kind: "closed" });
  expect(seen).toEqual(names);
});

test("a line without end is given up, instead of filling the memory", async () => {
  const { watch } = await open(() => new Response(inPieces(new Uint8Array(9 * 1024 * 1024).fill(97), 256 * 1024)));
  expect(await watch()).toMatchObject({
    kind: "broken",
    error: { message: expect.stringContaining("a line of more") },
  });
});

test("nothing is shown after an ERROR event", async () => {
  const { watch, seen } = await open(() => lines(added("web"), failure(410), added("late")));
  await watch();
  expect(seen).toEqual(["web"]);
});

test("what its listener throws breaks the watch, and nothing more is shown", async () => {
  const { watch } = await open(() => lines(added("web"), added("late")));
  const problem = new Error("this is no pod");
  const listener = vi.fn<() => void>(() => {
    throw problem;
  });
  expect(await watch(listener)).toEqual({ kind: "broken", error: problem });
  expect(listener).toHaveBeenCalledTimes(1);
});

test("one that is stopped before it begins asks for nothing", async () => {
  const { watch, asked } = await open(() => lines());
  expect(await watch(undefined, AbortSignal.abort())).toEqual({ kind: "stopped" });
  expect(asked).toEqual([]);
});

test.each<[string, () => Response | Promise<Response>, () => Promise<Credentials>]>([
  ["it finds out who asks", () => lines(), () => new Promise(() => {})],
  ["it waits for an answer", () => new Promise(() => {}), () => Promise.resolve({ headers: {} })],
  ["it listens", () => new Response(new ReadableStream()), () => Promise.resolve({ headers: {} })],
])("one that is stopped while %s ends at once", async (_, answer, credentials) => {
  const { watch } = await open(answer, { credentials });
  const stop = new AbortController();
  const watching = watch(undefined, stop.signal);
  await sleep(20);
  stop.abort();
  expect(await watching).toEqual({ kind: "stopped" });
});

test("one that hears nothing for 30 s is taken for closed; bookmarks count as a sign of life", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const pieces = new TransformStream<Uint8Array, Uint8Array>();
  const { watch, seen, asked } = await open(() => new Response(pieces.readable));
  const ends: StreamEnd[] = [];
  void watch().then((end) => ends.push(end));
  await vi.waitUntil(() => asked.length > 0);
  vi.advanceTimersByTime(29_000);
  await pieces.writable.getWriter().write(new TextEncoder().encode(`${JSON.stringify(added("bookmark"))}\n`));
  await vi.waitUntil(() => seen.length > 0);
  vi.advanceTimersByTime(29_000);
  await sleep(10);
  expect(ends).toEqual([]);
  vi.advanceTimersByTime(1_000);
  await vi.waitUntil(() => ends.length > 0);
  expect(ends).toEqual([{ kind: "closed" }]);
});

test("each watch proves anew who asks, so that a token that has been renewed is used", async () => {
  let renewals = 0;
  const credentials = () => Promise.resolve({ headers: { authorization: `Bearer token-${(renewals += 1)}` } });
  const { watch, tokens } = await open(() => lines(), { credentials });
  await watch();
  await watch();
  expect(tokens).toEqual(["Bearer token-1", "Bearer token-2"]);
});

test("asks below the path of the server, with or without a slash at its end", async () => {
  for (const path of ["/clusters/one", "/clusters/one/"]) {
    const { watch, asked } = await open(() => lines(), { path });
    await watch();
    expect(asked).toEqual(["/clusters/one/api/v1/pods?watch=true&resourceVersion=7"]);
  }
});

function added(name: string) {
  return { type: "ADDED", object: { ...POD, metadata: { name } } };
}

function failure(code: number) {
  return { type: "ERROR", object: { kind: "Status", status: "Failure", message: "no luck", code } };
}

function lines(...events: readonly object[]): Response {
  return new Response(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
}

function inPieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, (at += size)));
      // Each on its way by itself.
      await new Promise(setImmediate);
    },
  });
}

async function open(
  answer: () => Response | Promise<Response>,
  {
    path = "",
    credentials = () => Promise.resolve({ headers: {} }),
  }: { readonly path?: string; readonly credentials?: () => Promise<Credentials> } = {},
) {
  const asked: string[] = [];
  const tokens: (string | null)[] = [];
  const server = await serve(async (request) => {
    asked.push(new URL(request.url).pathname + new URL(request.url).search);
    tokens.push(request.headers.get("authorization"));
    return answer();
  });
  onTestFinished(server.close);
  const connection = createConnection({ server: new URL(`${server.url}${path}`) }, { credentials });
  const seen: string[] = [];
  const note = (_: string, object: unknown) => {
    seen.push((object as typeof POD).metadata.name);
  };
  return {
    asked,
    tokens,
    seen,
    watch: (listener: (type: string, object: unknown) => void = note, signal = NEVER) =>
      openStream(connection, { path: "/api/v1/pods", query: { resourceVersion: "7" }, onEvent: listener, signal }),
  };
}
