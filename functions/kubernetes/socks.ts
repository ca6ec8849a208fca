import { connect } from "node:net";
import type { Socket } from "node:net";

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USERNAME = 2;
const NONE_ACCEPTABLE = 255;
const CONNECT = 1;
const DOMAIN = 3;
/** Bytes of an address in the proxy's answer, by its type; a domain says its own length. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 4, 4: 16 };
const REFUSALS: Readonly<Record<number, string>> = {
  1: "general failure",
  2: "not allowed by its rules",
  3: "network unreachable",
  4: "host unreachable",
  5: "connection refused",
  6: "TTL expired",
  7: "command not supported",
  8: "address type not supported",
};

/** A connection to a host through a SOCKS 5 proxy (RFC 1928, with RFC 1929's user name); the proxy resolves the name. */
export async function openSocks(proxy: URL, host: string, port: number, patience: number): Promise<Socket> {
  const socket = connect(Number(proxy.port) || 1080, proxy.hostname.replace(/^\[|\]$/g, ""));
  const failed = Promise.withResolvers<never>();
  const silent = () => failed.reject(problem(proxy, "was silent"));
  const ended = () => failed.reject(problem(proxy, "closed the connection"));
  socket.once("error", failed.reject).once("end", ended).once("timeout", silent).setTimeout(patience);
  try {
    await Promise.race([negotiate(socket, proxy, host, port), failed.promise]);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return socket.off("error", failed.reject).off("end", ended).off("timeout", silent).setTimeout(0);
}

function problem({ host }: URL, text: string): Error {
  return new Error(`the proxy ${host} ${text}`);
}

async function negotiate(socket: Socket, proxy: URL, host: string, port: number): Promise<void> {
  const { username, password } = proxy;
  const read = createReader(socket);
  const methods = username === "" ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USERNAME];
  socket.write(Buffer.from([VERSION, methods.length, ...methods]));
  const [, method = NONE_ACCEPTABLE] = await read(2);
  if (method === NONE_ACCEPTABLE)
    throw problem(proxy, "wants another authentication; put `user:password@` into its URL");
  if (method === USERNAME) {
    socket.write(
      Buffer.from([1, ...withLength(decodeURIComponent(username)), ...withLength(decodeURIComponent(password))]),
    );
    const [, refusal] = await read(2);
    if (refusal !== 0) throw problem(proxy, "refused the user name and password of its URL");
  }
  socket.write(Buffer.from([VERSION, CONNECT, 0, DOMAIN, ...withLength(host), port >> 8, port & 255]));
  const [, refusal = 1, , type = 1] = await read(4);
  if (refusal !== 0) throw problem(proxy, `refused the way to ${host}:${port}: ${REFUSALS[refusal] ?? refusal}`);
  const length = type === DOMAIN ? (await read(1))[0] : ADDRESS_BYTES[type];
  await read((length ?? 0) + 2);
}

function withLength(text: string): readonly number[] {
  const bytes = Buffer.from(text);
  return [bytes.length, ...bytes];
}

/** Reads so many bytes, and leaves the rest in the socket. */
function createReader(socket: Socket): (bytes: number) => Promise<Buffer> {
  return (bytes) =>
    new Promise((resolve) => {
      const take = () => {
        const taken: Buffer | null = socket.read(bytes);
        if (taken === null) socket.once("readable", take);
        else resolve(taken);
      };
      take();
    });
}
