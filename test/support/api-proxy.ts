import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { serve } from "../emulators/serve.ts";

/** An API server, and how its administrator is let in. */
export type ApiServer = { readonly url: string; readonly token: string; readonly ca?: string };

/** One request on its way to the API server; what is changed here is what arrives there. */
export type Passing = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
};

export type ApiProxy = {
  readonly url: string;
  /** The path and query of every request, the oldest first. */
  readonly log: string[];
  /** What happens before a request arrives. */
  before: ((passing: Passing) => Promise<void> | void) | undefined;
  /** A request of the administrator's, past `before` and `log`; throws where it is refused. */
  readonly send: (method: string, path: string, body?: object) => Promise<unknown>;
  readonly close: () => Promise<void>;
};

/** Stands between a client and an API server, so that something may happen between two pages of a list. */
export async function startApiProxy(target: ApiServer): Promise<ApiProxy> {
  const server = await serve(async (request) => {
    const { pathname: path, searchParams: query } = new URL(request.url);
    const passing: Passing = { method: request.method, path, query, headers: new Headers(request.headers) };
    proxy.log.push(`${path}?${query.toString()}`);
    await proxy.before?.(passing);
    return forward(target, passing, "");
  });
  const proxy: ApiProxy = {
    url: server.url,
    log: [],
    before: undefined,
    send: async (method, path, body) => {
      const { pathname, searchParams: query } = new URL(path, target.url);
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const headers = new Headers({ authorization: `Bearer ${target.token}`, "content-type": type });
      const text = body === undefined ? "" : JSON.stringify(body);
      const response = await forward(target, { method, path: pathname, query, headers }, text);
      const answer = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
      return JSON.parse(answer);
    },
    close: server.close,
  };
  return proxy;
}

function forward(target: ApiServer, { method, path, query, headers }: Passing, body: string): Promise<Response> {
  const url = new URL(`${path}?${query.toString()}`, target.url);
  headers.delete("host");
  headers.delete("content-length");
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const options = {
      method,
      headers: Object.fromEntries(headers),
      ...(target.ca === undefined ? {} : { ca: target.ca }),
    };
    const request = send(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const type = response.headers["content-type"] ?? "application/json";
        resolve(
          new Response(Buffer.concat(chunks), {
            status: response.statusCode ?? 500,
            headers: { "content-type": type },
          }),
        );
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}
