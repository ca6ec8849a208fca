import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ConnectionOptions } from "node:tls";
import { toError } from "../core/errors.ts";
import { openSocks } from "./socks.ts";

/** How long a proxy may be silent before a connection is through, in milliseconds. */
const PATIENCE = 10_000;

/** A server, by way of a proxy or straight; the trust is for both, as in Go. */
type Way = {
  readonly server: URL;
  readonly proxy?: URL | undefined;
  /** PEM; undefined: the authorities that Node trusts. */
  readonly ca?: string | undefined;
  readonly isUnverified?: boolean;
};

/** Connections that are kept and used again. */
export function createAgent(way: Way): HttpAgent | HttpsAgent {
  const { server, proxy } = way;
  const isTls = server.protocol === "https:";
  const agent = isTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  if (proxy === undefined) return agent;
  const host = server.hostname.replace(/^\[|\]$/g, "");
  const port = Number(server.port) || (isTls ? 443 : 80);
  agent.createConnection = (options, connected = () => {}) => {
    const tunnel = proxy.protocol.startsWith("socks5")
      ? openSocks(proxy, host, port, PATIENCE)
      : openConnect(proxy, host, port, way);
    tunnel.then(
      (socket) => connected(null, isTls ? connectTls({ ...(options as ConnectionOptions), host, socket }) : socket),
      (error: unknown) => connected(toError(error), undefined as never),
    );
    return undefined;
  };
  return agent;
}

/** A connection to a host through a proxy that speaks HTTP (RFC 9110, CONNECT). */
function openConnect(proxy: URL, host: string, port: number, { ca, isUnverified = false }: Way): Promise<Socket> {
  const target = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const trust = { rejectUnauthorized: !isUnverified, ...(ca === undefined ? {} : { ca }) };
  const headers = { host: target, ...authorizationOf(proxy) };
  return new Promise((resolve, reject) => {
    const send = proxy.protocol === "https:" ? httpsRequest : httpRequest;
    const request = send(proxy, { method: "CONNECT", path: target, agent: false, headers, ...trust });
    const fail = (problem: string) => {
      reject(new Error(`the proxy ${proxy.host} ${problem}`));
      request.destroy();
    };
    request.setTimeout(PATIENCE, () => fail("was silent"));
    request.on("error", reject);
    request.on("connect", ({ statusCode }, socket: Socket) => {
      if (statusCode === 200) resolve(socket.setTimeout(0));
      else fail(`refused the way to ${target} with status ${statusCode}`);
    });
    request.end();
  });
}

function authorizationOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}
