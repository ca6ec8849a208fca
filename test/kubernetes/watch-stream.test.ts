import { KubeConfig } from "@kubernetes/client-node";
import { expect, onTestFinished, test } from "vitest";
import { createConnection } from "../../functions/kubernetes/connection.ts";
import { openStream } from "../../functions/kubernetes/watch-stream.ts";
import type { StreamEnd } from "../../functions/kubernetes/watch-stream.ts";
import { BREAK_CONNECTION, serve } from "../emulators/serve.ts";

const POD = { kind: "Pod", metadata: { name: "web" } };

test.each<[string, () => Response, StreamEnd]>([
  ["its stream ends", () => lines(), { kind: "closed" }],
  ["an ERROR event says that the version is too old", () => lines(failure(410)), { kind: "expired" }],
  ["the request is answered that the version is too old", () => new Response("", { status: 410 }), { kind: "expired" }],
  [
    "an ERROR event says anything else",
    () => lines(failure(500)),
    { kind: "broken", error: new Error("the server broke off the watch: no luck") },
  ],
  ["it is forbidden", () => new Response("", { status: 403 }), { kind: "refused", status: 403 }],
])("a watch tells how it ended when %s", async (_, answer, end) => {
  const { watch } = await open(answer);
  expect(await watch()).toEqual(end);
});

test("a connection that breaks tells the cause, not that fetch failed", async () => {
  const { watch } = await open(() => BREAK_CONNECTION);
  expect(await watch()).toMatchObject({ kind: "broken", error: { message: expect.stringContaining("closed") } });
});

test("nothing is told after an ERROR event", async () => {
  const { watch, seen } = await open(() => lines({ type: "ADDED", object: POD }, failure(410), added("late")));
  await watch();
  expect(seen).toEqual(["ADDED"]);
});

test("what its listener throws breaks the watch, instead of being swallowed", async () => {
  const { watch } = await open(() => lines(added("web")));
  const problem = new Error("this is no pod");
  const listener = () => {
    throw problem;
  };
  expect(await watch(listener)).toEqual({ kind: "broken", error: problem });
});

test("one that is stopped before it begins asks for nothing", async () => {
  const { watch, asked } = await open(() => lines());
  expect(await watch(undefined, AbortSignal.abort())).toEqual({ kind: "stopped" });
  expect(asked).toEqual([]);
});

test("each watch proves anew who asks, so that a token that has been renewed is used", async () => {
  const { watch, config, tokens } = await open(() => lines());
  config.users = [{ name: "test", authProvider: { name: "renewing" } }];
  let renewals = 0;
  config.addAuthenticator({
    isAuthProvider: () => true,
    applyAuthentication: async (_user, options) => {
      options.headers = { ...options.headers, Authorization: `Bearer token-${(renewals += 1)}` };
    },
  });
  await watch();
  await watch();
  expect(tokens).toEqual(["Bearer token-1", "Bearer token-2"]);
});

test("asks below the path of the server, with or without a slash at its end", async () => {
  for (const path of ["/clusters/one", "/clusters/one/"]) {
    const { watch, asked } = await open(() => lines(), path);
    await watch();
    expect(asked).toEqual(["/clusters/one/api/v1/pods?watch=true&resourceVersion=7"]);
  }
});

function added(name: string) {
  return { type: "ADDED", object: { kind: "Pod", metadata: { name } } };
}

function failure(code: number) {
  return { type: "ERROR", object: { kind: "Status", status: "Failure", message: "no luck", code } };
}

function lines(...events: readonly object[]): Response {
  return new Response(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
}

async function open(answer: () => Response, path = "") {
  const asked: string[] = [];
  const tokens: (string | null)[] = [];
  const server = await serve((request) => {
    asked.push(new URL(request.url).pathname + new URL(request.url).search);
    tokens.push(request.headers.get("authorization"));
    return Promise.resolve(answer());
  });
  onTestFinished(server.close);
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: "test", server: `${server.url}${path}`, skipTLSVerify: true },
    { name: "test" },
  );
  const seen: string[] = [];
  const note = (type: string) => {
    seen.push(type);
  };
  return {
    asked,
    config,
    tokens,
    seen,
    watch: (listener = note, signal = new AbortController().signal) =>
      openStream(createConnection(config), "/api/v1/pods", { resourceVersion: "7" }, listener, signal),
  };
}
