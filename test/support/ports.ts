import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** A port below the ephemeral ones that is free, and with it those at `neighbours` from it. */
export async function freePort(neighbours: readonly number[] = []): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const wanted = [port, ...neighbours.map((distance) => port + distance)];
    if ((await Promise.all(wanted.map(isFree))).every(Boolean)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => {
      const { port: taken } = server.address() as AddressInfo;
      server.close(() => resolve(taken === port));
    });
  });
}
