import { OutOfTimeError, UnreachableError } from "../../functions/kubernetes/connection.ts";
import type { Answer, Connection } from "../../functions/kubernetes/connection.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import type { VirtualTime } from "./clock.ts";
import type { Cluster } from "./cluster.ts";
import type { Faults } from "./faults.ts";
import { addTo, currentPass, survive, unlessDead } from "./passes.ts";
import type { Pass } from "./passes.ts";
import type { Random } from "./random.ts";
import type { FaultKind, Seam } from "./story.ts";

const HOST = "http://api";
/** How long a connection may be silent before it is given up, in milliseconds. */
const SILENCE = 10_000;
/** In bytes. */
const PIECE = 1_000;
/** Of an answer, in milliseconds. */
const LATENCY = [2, 40] as const;

type Asked = {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly seam: Seam;
  readonly namespace: string | undefined;
};

/** The way to a cluster's API server that a process has: no socket, but all that can befall one. */
export function connectTo(
  cluster: Cluster,
  pageSize: number,
  faults: Faults,
  time: VirtualTime,
  random: Random,
): Connection {
  const handler = kubernetesHandler(cluster.api);
  const lists = new Map<string, { began: number; text: string }>();

  const answer = async ({ path, query }: Asked): Promise<Answer> => {
    const response = await handler(new Request(`${HOST}${path}?${query.toString()}`));
    return { status: response.status, text: await response.text(), retryAfter: undefined };
  };

  const get = async (given: string): Promise<Answer> => {
    const pass = currentPass();
    await survive(pass?.process);
    const asked = parse(given, pageSize);
    const list = listOf(pass, asked);
    const began = time.now();
    const isFirst = !asked.query.has("continue");
    if (isFirst) noteBegin(pass, asked.seam, began);
    const known = isFirst ? { began, text: "" } : (lists.get(list) ?? { began, text: "" });
    lists.set(list, known);
    await time.pause(random.between(...LATENCY));
    const fault = faults.strike(asked.seam);
    if (pass !== undefined && asked.seam === "objects" && fault !== undefined) pass.isBlind = true;
    if (fault === "slow") await time.pause(random.between(1_000, 9_000));
    if (fault === "silent") await time.pause(SILENCE);
    await failFor(cluster.loss(), time);
    const refused = refusal(fault, isFirst);
    const honest = refused ?? (await answer(asked));
    await time.pause(random.between(...LATENCY));
    await unlessDead(pass?.process);
    if (refused !== undefined) return refused;
    const told =
      fault === "repeated" && known.text !== "" ? { ...honest, text: repeat(known.text, honest.text) } : honest;
    known.text = honest.text;
    if (fault === "cut") return { ...honest, text: honest.text.slice(0, honest.text.length / 2) };
    if (pass !== undefined && asked.namespace !== undefined && isLast(honest))
      addTo(pass.podLists, asked.namespace, known.began);
    return told;
  };
  return {
    get: async (path, { until = Infinity } = {}, onPiece) => {
      const told = await Promise.race([get(path), outOfTime(until - Date.now(), time)]);
      if (onPiece === undefined) return told;
      for (const piece of piecesOf(told.text)) onPiece(piece);
      return { ...told, text: "" };
    },
    stream: () => Promise.reject(new Error("changes are told without a stream here")),
    server: HOST,
    renew: () => {},
  };
}

/** As a socket gives it: nothing begins or ends where a piece does. */
function piecesOf(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text);
  const count = Math.ceil(bytes.length / PIECE);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * PIECE, (index + 1) * PIECE));
}

async function outOfTime(left: number, time: VirtualTime): Promise<never> {
  if (!Number.isFinite(left)) return new Promise<never>(() => {});
  await time.pause(left);
  throw new OutOfTimeError("the time was up before the API server had answered");
}

function parse(given: string, pageSize: number): Asked {
  const [path = "", text = ""] = given.split("?");
  const query = new URLSearchParams(text);
  const limit = Number(query.get("limit") ?? Infinity);
  if (query.has("limit")) query.set("limit", String(Math.min(limit, pageSize)));
  const [, namespace] = /^\/api\/v1\/namespaces\/([^/]+)\/pods$/.exec(path) ?? [];
  // Also one that looks for a pod by its name; not one that asks whether there is any.
  const isWhole = namespace !== undefined && limit > 1;
  const seam = path.endsWith("/pods") ? "list" : path.endsWith("/nodes") ? "nodes" : "objects";
  return { path, query, seam, namespace: isWhole ? namespace : undefined };
}

/** Pages of one list have everything in common but where they begin. */
function listOf(pass: Pass | undefined, { path, query }: Asked): string {
  const plain = new URLSearchParams(query);
  plain.delete("continue");
  return `${pass?.name ?? ""} ${path}?${plain.toString()}`;
}

function noteBegin(pass: Pass | undefined, seam: Seam, at: number): void {
  if (pass === undefined) return;
  if (seam === "nodes") pass.nodesRead.push(at);
  if (seam === "objects") pass.claimsRead.push(at);
}

function isLast({ status, text }: Answer): boolean {
  return status === 200 && !/"continue":"[^"]/.test(text.slice(0, 400));
}

function refusal(fault: FaultKind | undefined, isFirst: boolean): Answer | undefined {
  if (fault === "expired" && !isFirst) return statusOf(410, "Expired", "The provided continue parameter is too old");
  if (fault === "forbidden") return statusOf(403, "Forbidden", "forbidden");
  if (fault === "error") return statusOf(500, "InternalError", "etcdserver: request timed out");
  if (fault === "reset") throw unreachable("socket hang up", "ECONNRESET");
  if (fault === "silent") throw unreachable("was silent for 10 s", "ETIMEDOUT");
  return undefined;
}

/** What is lost never answers. */
async function failFor(loss: ReturnType<Cluster["loss"]>, time: VirtualTime): Promise<void> {
  if (loss === undefined) return;
  if (loss === "unreachable") throw unreachable("getaddrinfo ENOTFOUND", "ENOTFOUND");
  await time.pause(SILENCE);
  throw unreachable("was silent for 10 s", "ETIMEDOUT");
}

function unreachable(message: string, code: string): UnreachableError {
  return new UnreachableError(Date.now(), Object.assign(new Error(message), { code }));
}

function statusOf(code: number, reason: string, message: string): Answer {
  const text = JSON.stringify({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    code,
  });
  return { status: code, text, retryAfter: undefined };
}

/** The page before once more, in front of this one. */
function repeat(before: string, page: string): string {
  const [first, second] = [before, page].map((text) => JSON.parse(text) as { items?: unknown[] });
  return JSON.stringify({ ...second, items: [...(first?.items ?? []), ...(second?.items ?? [])] });
}
