import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** A way to a server on loopback that can be disturbed; TLS passes through as it is. */
export type Proxy = {
  readonly port: number;
  /** How many there have been. */
  readonly connections: () => number;
  /** Breaks the connections there are, and refuses new ones until `mend`. */
  readonly cut: () => void;
  /** The connections there are stay open and carry nothing more; new ones work. */
  readonly silence: () => void;
  readonly mend: () => void;
  readonly close: () => Promise<void>;
};

export async function openProxy(target: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isCut = false;
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(target, "127.0.0.1");
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.pipe(upstream).pipe(client);
    for (const socket of pair) {
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  });
  const breakAll = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    cut: () => {
      isCut = true;
      breakAll();
    },
    silence: () => {
      for (const [client, upstream] of pairs) {
        client.unpipe();
        upstream.unpipe();
      }
    },
    mend: () => {
      isCut = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        breakAll();
      }),
  };
}
