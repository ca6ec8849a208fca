import { StringDecoder } from "node:string_decoder";
import * as z from "zod";
import { toError } from "../core/errors.ts";
import { SilenceError } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { parseObject } from "./parse-object.ts";

/** Why a watch ended. */
export type StreamEnd =
  /** In good order: the server has had enough, or nothing was heard for 30 s. Goes on where it was. */
  | { readonly kind: "closed" }
  /** The server no longer knows the version to go on from. */
  | { readonly kind: "expired" }
  | { readonly kind: "refused"; readonly status: number; readonly message: string }
  | { readonly kind: "broken"; readonly error: Error }
  | { readonly kind: "stopped" };

/** The longest line that is read, in characters: etcd takes objects of 1.5 MB, and JSON may be longer than what is stored. */
const LONGEST_LINE = 8 * 1024 * 1024;
/** As much of a refusal as is kept, in characters. */
const LONGEST_REFUSAL = 2_000;

const eventSchema = z.looseObject({ type: z.string(), object: z.unknown() });
const statusSchema = z.looseObject({ code: z.number().optional(), message: z.string().default("no cause given") });

/** An ERROR event: the last that a watch says. */
class ErrorEvent extends Error {
  override readonly name = "ErrorEvent";
  readonly code: number | undefined;
  constructor(object: unknown) {
    const { code, message } = statusSchema.safeParse(object).data ?? { code: undefined, message: "no cause given" };
    super(`the server broke off the watch: ${message}`);
    this.code = code;
  }
}

export type Stream = {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The server has taken the watch up. */
  readonly onOpen?: () => void;
  /** Called at once, one event after the other, with ADDED, MODIFIED, DELETED and BOOKMARK. Where it throws, the watch is broken. */
  readonly onEvent: (type: string, object: unknown) => void;
  /** Ends it at any time, also while it connects. */
  readonly signal: AbortSignal;
};

/** One watch, from the connection to its end, which is a value: it never rejects. */
export async function openStream(
  connection: Connection,
  { path, query, onOpen, onEvent, signal }: Stream,
): Promise<StreamEnd> {
  const events = createLines((line) => {
    const { type, object } = parseObject(eventSchema, parseJson(line));
    if (type === "ERROR") throw new ErrorEvent(object);
    onEvent(type, object);
  });
  let isOpen = false;
  let refusal = "";
  const asked = `${path}?${new URLSearchParams({ watch: "true", ...query }).toString()}`;
  try {
    const { status } = await connection.stream(
      asked,
      {
        onHead: ({ status: begun }) => {
          isOpen = begun === 200;
          if (isOpen) onOpen?.();
        },
        onPiece: (piece) => {
          if (isOpen) events.add(piece);
          else if (refusal.length < LONGEST_REFUSAL) refusal += piece.toString("utf8");
        },
      },
      signal,
    );
    if (status === 410) return { kind: "expired" };
    if (status !== 200) return { kind: "refused", status, message: messageIn(refusal) };
    events.end();
    return { kind: "closed" };
  } catch (error) {
    return endOf(error, isOpen, signal);
  }
}

/**
 * | thrown                                   | the watch is |
 * |------------------------------------------|--------------|
 * | anything, once the signal has aborted    | stopped      |
 * | SilenceError, once it was open           | closed       |
 * | an ERROR event with code 410             | expired      |
 * | any other                                | broken       |
 */
function endOf(error: unknown, isOpen: boolean, signal: AbortSignal): StreamEnd {
  if (signal.aborted) return { kind: "stopped" };
  if (error instanceof SilenceError && isOpen) return { kind: "closed" };
  if (error instanceof ErrorEvent && error.code === 410) return { kind: "expired" };
  return { kind: "broken", error: toError(error) };
}

/** Pieces in, whole lines out: a piece may end within a line, and within a character. */
function createLines(onLine: (line: string) => void) {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    add: (piece: Buffer) => {
      const text = decoder.write(piece);
      let from = 0;
      for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", from)) {
        const line = rest + text.slice(from, at);
        rest = "";
        from = at + 1;
        if (line.trim() !== "") onLine(line);
      }
      rest += text.slice(from);
      if (rest.length > LONGEST_LINE)
        throw new Error(
          `the server sent a line of more than ${LONGEST_LINE} characters; no Kubernetes object is so long`,
        );
    },
    end: () => {
      if (rest.trim() !== "") onLine(rest);
    },
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error("the server sent a line that is no JSON; check that nothing between it and here changes answers");
  }
}

function messageIn(text: string): string {
  try {
    return statusSchema.parse(JSON.parse(text)).message;
  } catch {
    return text.slice(0, 200).trim();
  }
}
