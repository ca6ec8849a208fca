import { BlockList, isIP } from "node:net";
import { InputError } from "../../core/errors.ts";
import { withoutUser } from "../without-user.ts";
import type { Variables } from "./files.ts";

const PROTOCOLS: readonly string[] = ["http:", "https:", "socks5:", "socks5h:"];

/**
 * The proxy on the way to a server, as kubectl finds it (and every program in Go): `proxy-url` of the kubeconfig, else
 * HTTPS_PROXY or HTTP_PROXY, by the server's protocol, unless NO_PROXY names the host. Loopback is never proxied by a variable.
 * Throws an InputError where it is no proxy's URL.
 */
export function proxyFor(server: URL, proxyUrl: string | null | undefined, variables: Variables): URL | undefined {
  if (proxyUrl) return parseProxy("`proxy-url` of the kubeconfig", proxyUrl);
  const name = server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const value = read(variables, name);
  if (value === undefined || isDirect(server, read(variables, "NO_PROXY") ?? "")) return undefined;
  return parseProxy(name, value.includes("://") ? value : `http://${value}`);
}

function read(variables: Variables, name: string): string | undefined {
  return variables[name] || variables[name.toLowerCase()] || undefined;
}

function parseProxy(where: string, text: string): URL {
  if (URL.canParse(text) && PROTOCOLS.includes(new URL(text).protocol)) return new URL(text);
  throw new InputError(
    `${where} is ${JSON.stringify(withoutUser(text))}; write a URL like http://host:port, https://host:port or socks5://host:port`,
  );
}

function isDirect(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, "");
  const port = server.port || (server.protocol === "https:" ? "443" : "80");
  if (host === "localhost" || isWithin(host, "127.0.0.0/8") || host === "::1") return true;
  return noProxy
    .split(",")
    .map((one) => one.trim().toLowerCase())
    .some((one) => one === "*" || isWithin(host, one) || isNamed(host, port, one));
}

/** `10.0.0.0/8` and the like. */
function isWithin(host: string, range: string): boolean {
  const [address = "", prefix = "", ...more] = range.split("/");
  const family = isIP(address);
  if (more.length > 0 || family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(prefix)) return false;
  if (Number(prefix) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), family === 4 ? "ipv4" : "ipv6");
  return list.check(host, family === 4 ? "ipv4" : "ipv6");
}

/** `example.com` means it and all below it, `.example.com` and `*.example.com` only what is below; each with a port or without. */
function isNamed(host: string, port: string, pattern: string): boolean {
  const { name = "", wanted } = /^(?<name>\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(?<wanted>\d+))?$/.exec(pattern)?.groups ?? {};
  if (name === "" || (wanted !== undefined && wanted !== port)) return false;
  const bare = name.replace(/^\[|\]$/g, "");
  if (bare.startsWith("*.") || bare.startsWith(".")) return host.endsWith(bare.replace(/^\*/, ""));
  return host === bare || (isIP(host) === 0 && host.endsWith(`.${bare}`));
}
