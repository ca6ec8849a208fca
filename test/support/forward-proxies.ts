import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, createServer as createTcpServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";

/** A proxy on loopback that takes every name for `target`, so that names need not exist. */
export type ForwardProxy = {
  readonly port: number;
  /** What was asked for, `host:port`, the oldest first. */
  readonly asked: string[];
  readonly close: () => Promise<void>;
};

type Access = { readonly username: string; readonly password: string };
type Options = { readonly target: number; readonly access?: Access };

/** Speaks HTTP's CONNECT, over TLS where it is given a certificate. */
export async function openConnectProxy({
  target,
  access,
  tls,
}: Options & { readonly tls?: { readonly key: string; readonly cert: string } }): Promise<ForwardProxy> {
  const asked: string[] = [];
  const server = tls === undefined ? createServer() : createTlsServer(tls);
  server.on("connect", ({ url = "", headers }, client: Duplex) => {
    const wanted = access && `Basic ${Buffer.from(`${access.username}:${access.password}`).toString("base64")}`;
    if (wanted !== undefined && headers["proxy-authorization"] !== wanted) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    asked.push(url);
    join(client, target, () => client.write("HTTP/1.1 200 Connection established\r\n\r\n"));
  });
  return listen(server, asked);
}

/** Speaks SOCKS 5, byte by byte as RFC 1928 and RFC 1929 have it. */
export async function openSocksProxy({ target, access }: Options): Promise<ForwardProxy> {
  const asked: string[] = [];
  const server = createTcpServer((client) => {
    serveSocks(client, target, access, asked).catch(() => client.destroy());
  });
  return listen(server, asked);
}

async function serveSocks(client: Socket, target: number, access: Access | undefined, asked: string[]): Promise<void> {
  const read = async (bytes: number): Promise<Buffer> => {
    for (;;) {
      const taken = client.read(bytes) as Buffer | null;
      if (taken !== null) return taken;
      await new Promise((resolve) => client.once("readable", resolve));
    }
  };
  const text = async () => (await read((await read(1))[0] ?? 0)).toString();
  const [, count = 0] = await read(2);
  const method = access === undefined ? 0 : 2;
  const isKnown = (await read(count)).includes(method);
  client.write(Buffer.from([5, isKnown ? method : 255]));
  if (!isKnown) return;
  if (access !== undefined) {
    await read(1);
    const given = { username: await text(), password: await text() };
    const isRight = given.username === access.username && given.password === access.password;
    client.write(Buffer.from([1, isRight ? 0 : 1]));
    if (!isRight) return;
  }
  await read(4);
  const host = await text();
  const port = (await read(2)).readUInt16BE();
  asked.push(`${host}:${port}`);
  join(client, target, () => client.write(Buffer.from([5, 0, 0, 3, 4, ...Buffer.from("here"), 0, 80])));
}

function join(client: Duplex, target: number, joined: () => void): void {
  const upstream = connect(target, "127.0.0.1", () => {
    joined();
    client.pipe(upstream).pipe(client);
  });
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on("error", () => one.destroy());
    one.on("close", () => other.destroy());
  }
}

async function listen(server: ReturnType<typeof createTcpServer>, asked: string[]): Promise<ForwardProxy> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
