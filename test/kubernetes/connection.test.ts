import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { messageOf } from "../../functions/core/errors.ts";
import { createConnection, OutOfTimeError, UnreachableError } from "../../functions/kubernetes/connection.ts";
import type { Endpoint } from "../../functions/kubernetes/connection.ts";
import { serve } from "../emulators/serve.ts";
import type { Handler } from "../emulators/serve.ts";
import { createServerIdentity } from "../support/certificates.ts";
import { openConnectProxy, openSocksProxy } from "../support/forward-proxies.ts";
import type { ForwardProxy } from "../support/forward-proxies.ts";
import { openProxy } from "../support/proxy.ts";

const HELLO: Handler = () => Promise.resolve(new Response("hello"));
const identity = createServerIdentity();

test("requests that follow one another share one TLS handshake", async () => {
  const { port, ca } = await open();
  const proxy = await openProxy(port);
  onTestFinished(proxy.close);
  const { get } = createConnection({ server: new URL(`https://127.0.0.1:${proxy.port}`), ca });
  for (let n = 0; n < 5; n++) expect(await get("/")).toMatchObject({ status: 200, text: "hello" });
  expect(proxy.connections()).toBe(1);
});

test.each<[string, Partial<Endpoint>, RegExp]>([
  ["signed by the authority that is given", {}, /^hello$/],
  ["signed by an unknown authority", { ca: undefined }, /unable to verify|self-signed/],
  ["for another name than the one that is wanted", { certificateName: "other" }, /does not match/],
  ["for the name that is wanted", { certificateName: "kubernetes" }, /^hello$/],
  ["of anybody, where none is checked", { ca: undefined, isUnverified: true }, /^hello$/],
])("a certificate %s is judged as kubectl judges it", async (_, endpoint, said) => {
  const { way } = await open();
  const answer = createConnection({ ...way, ...endpoint }).get("/");
  expect(await answer.then(({ text }) => text, messageOf)).toMatch(said);
});

test("a request ends when its time is up, whatever it waits for", async () => {
  const { way } = await open(() => new Promise(() => {}));
  const { get } = createConnection(way);
  await expect(get("/", { until: Date.now() + 50 })).rejects.toThrow(OutOfTimeError);
  await expect(get("/", { until: Date.now() - 1 })).rejects.toThrow(
    /the time was up before 127\.0\.0\.1:\d+ had answered/,
  );
  const waiting = createConnection(way, { credentials: () => new Promise(() => {}) });
  await expect(waiting.get("/", { until: Date.now() + 50 })).rejects.toThrow(OutOfTimeError);
});

test("a request that hears nothing for 10 s is given up, on a kept connection too", async () => {
  let isSilent = false;
  const { get } = await open(() => (isSilent ? new Promise(() => {}) : Promise.resolve(new Response("hello"))));
  await get("/");
  isSilent = true;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const failed = get("/").catch((error: unknown) => error);
  await sleep(20);
  vi.advanceTimersByTime(10_000);
  const error = await failed;
  expect(error).toBeInstanceOf(UnreachableError);
  expect(error).toMatchObject({ message: expect.stringMatching(/was silent for 10 s/), cause: { code: "ETIMEDOUT" } });
});

const ACCESS = { username: "me", password: "p@ss:word" };
const SECRET = "me:p%40ss%3Aword@";

test.each<[string, string, (target: number) => Promise<ForwardProxy>]>([
  ["http", "", (target) => openConnectProxy({ target })],
  ["http", SECRET, (target) => openConnectProxy({ target, access: ACCESS })],
  ["https", "", async (target) => openConnectProxy({ target, tls: await identity })],
  ["socks5", "", (target) => openSocksProxy({ target })],
  ["socks5", SECRET, (target) => openSocksProxy({ target, access: ACCESS })],
])("the way may lead through a proxy: %s://%s…", async (protocol, user, openForward) => {
  const { port, ca } = await open();
  const proxy = await openForward(port);
  onTestFinished(proxy.close);
  const url = new URL(`${protocol}://${user}127.0.0.1:${proxy.port}`);
  const { get } = createConnection({ server: new URL("https://kubernetes:6443"), ca, proxy: url });
  for (let n = 0; n < 3; n++) expect(await get("/")).toMatchObject({ text: "hello" });
  expect(proxy.asked).toEqual(["kubernetes:6443"]);
});

test("plain HTTP goes through a proxy as well", async () => {
  const server = await serve(HELLO);
  const proxy = await openSocksProxy({ target: Number(new URL(server.url).port) });
  onTestFinished(async () => {
    await Promise.all([server.close(), proxy.close()]);
  });
  const url = new URL(`socks5://127.0.0.1:${proxy.port}`);
  const { get } = createConnection({ server: new URL("http://kubernetes"), proxy: url });
  expect(await get("/")).toMatchObject({ text: "hello" });
  expect(proxy.asked).toEqual(["kubernetes:80"]);
});

test.each<[string, (target: number) => Promise<ForwardProxy>, RegExp]>([
  ["http", (target) => openConnectProxy({ target, access: ACCESS }), /proxy 127\.0\.0\.1:\d+ refused.*status 407/],
  ["socks5", (target) => openSocksProxy({ target, access: ACCESS }), /proxy 127\.0\.0\.1:\d+ wants another authent/],
])("what a proxy refuses is said with the proxy's name: %s", async (protocol, openForward, problem) => {
  const { port, ca } = await open();
  const proxy = await openForward(port);
  onTestFinished(proxy.close);
  const url = new URL(`${protocol}://127.0.0.1:${proxy.port}`);
  const { get } = createConnection({ server: new URL("https://kubernetes"), ca, proxy: url });
  await expect(get("/")).rejects.toThrow(problem);
});

/** An API server that only one authority vouches for. */
async function open(handler = HELLO) {
  const { ca, ...tls } = await identity;
  const server = await serve(handler, { tls });
  onTestFinished(server.close);
  const way = { server: new URL(server.url), ca };
  return { ca, way, port: Number(way.server.port), get: createConnection(way).get };
}
