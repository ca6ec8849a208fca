import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** A web-standard handler: what every emulator is. Its `Request` has a `signal` that aborts when the client goes. */
export type Handler = (request: Request) => Promise<Response>;

export type Server = { readonly url: string; readonly close: () => Promise<void> };

/** The response of an emulator that breaks the connection instead of answering. */
export const BREAK_CONNECTION = Response.error();

type ServeOptions = {
  /** A free one where none is named. */
  readonly port?: number;
  /** Key and certificate (PEM), for HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The server's clock, which its answers tell (`Date`), in milliseconds since the epoch. */
  readonly now?: () => number;
};

/** How long a connection may be idle, in milliseconds: kube-apiserver's IdleTimeout. Node's own 5 s are over while a busy emulator works. */
const IDLE = 90_000;

/** Serves `handler` on the loopback interface. */
export async function serve(handler: Handler, options: ServeOptions = {}): Promise<Server> {
  const { now = Date.now } = options;
  const listener = (message: IncomingMessage, response: ServerResponse) => {
    response.setHeader("date", new Date(now()).toUTCString());
    answer(handler, message, response).catch(() => response.destroy());
  };
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  server.keepAliveTimeout = IDLE;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(handler: Handler, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const hasBody = message.method !== "GET" && message.method !== "HEAD";
  const request = new Request(new URL(message.url ?? "/", `http://${message.headers.host ?? "127.0.0.1"}`), {
    method: message.method ?? "GET",
    headers: Object.entries(message.headers).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
    signal: gone.signal,
    ...(hasBody ? { body: await bodyOf(message) } : {}),
  });
  const answered = await handler(request);
  if (answered.type === "error") {
    response.destroy();
    return;
  }
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  if (answered.body === null) response.end();
  else {
    // A watch has headers long before it has something to say.
    response.flushHeaders();
    await pipeline(Readable.fromWeb(answered.body), response);
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
