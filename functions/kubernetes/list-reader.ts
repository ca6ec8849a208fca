import { toError } from "../core/errors.ts";

/** The largest object that is read, in bytes: etcd takes objects of 1.5 MB, and JSON writes a byte as six where it has to. */
const LARGEST = 16 * 1024 * 1024;
/** A third to a half of an object's bytes, of which nothing here reads any. */
const LEFT_OUT = '"managedFields":';

const [QUOTE, BACKSLASH, BRACE, BRACE_END, BRACKET, BRACKET_END] = [34, 92, 123, 125, 91, 93];
/** How many brackets are open within the list's `items`, and within the `metadata` of one of them. */
const ITEMS = 2;
const METADATA = 4;

export type ListReader<T> = {
  /** Takes the answer as it comes. */
  readonly write: (piece: Buffer) => void;
  /**
   * Once all has come: the answer with a 0 in the place of each object that was taken out, and those, projected. Throws what
   * `project` threw.
   */
  readonly end: () => { readonly text: string; readonly items: readonly T[] };
};

/**
 * Takes the objects out of a list while it comes, each parsed and projected with its last byte, so that never more than one is
 * held: a list takes as much memory as what is kept of it. What is no list is left as it is.
 */
export function createListReader<T>(project: (item: unknown) => T): ListReader<T> {
  const items: T[] = [];
  let failure: Error | undefined;
  /** What is no object's, one character a byte. */
  let around = "";
  /** What has come of an object, up to this piece or to what is left out. */
  let parts: Buffer[] = [];
  let place: "around" | "items" | "object" | "left-out" = "around";
  let depth = 0;
  let isInString = false;
  /** How many bytes of the next piece say nothing, as a backslash ended this one. */
  let skip = 0;

  const take = (part: Buffer) => {
    const text = parts.length === 0 ? part : Buffer.concat([...parts, part]);
    parts = [];
    const object = parseJson(text.toString("utf8"));
    // Neither is the whole JSON then.
    around += object === undefined ? "!" : "0";
    if (object !== undefined) items.push(project(object));
  };

  /** Returns where the bytes begin that are to be kept from here on. */
  const opened = (piece: Buffer, from: number, at: number): number => {
    const before = () => piece.toString("latin1", from, at);
    switch (place) {
      case "around":
        if (depth === ITEMS - 1 && piece[at] === BRACKET && /"items"\s*:\s*$/.test(around + before())) place = "items";
        return from;
      case "items":
        if (depth !== ITEMS || piece[at] !== BRACE) return from;
        around += before();
        place = "object";
        return at;
      case "object":
        if (depth !== METADATA || piece.toString("latin1", Math.max(from, at - LEFT_OUT.length), at) !== LEFT_OUT)
          return from;
        parts.push(piece.subarray(from, at + 1));
        place = "left-out";
        return at + 1;
      case "left-out":
        return from;
      default:
        return place satisfies never;
    }
  };

  const closed = (piece: Buffer, from: number, at: number): number => {
    switch (place) {
      case "around":
        return from;
      case "items":
        if (depth < ITEMS) place = "around";
        return from;
      case "object":
        if (depth > ITEMS) return from;
        take(piece.subarray(from, at + 1));
        place = "items";
        return at + 1;
      case "left-out":
        if (depth > METADATA) return from;
        place = "object";
        return at;
      default:
        return place satisfies never;
    }
  };

  const read = (piece: Buffer) => {
    let from = 0;
    let at = skip;
    for (; at < piece.length; at++) {
      const byte = piece[at];
      if (isInString) {
        if (byte === BACKSLASH) at++;
        else if (byte === QUOTE) isInString = false;
      } else if (byte === QUOTE) isInString = true;
      else if (byte === BRACE || byte === BRACKET) {
        from = opened(piece, from, at);
        depth++;
      } else if (byte === BRACE_END || byte === BRACKET_END) {
        depth--;
        from = closed(piece, from, at);
      }
    }
    skip = at - piece.length;
    if (place === "object") parts.push(piece.subarray(from));
    else if (place !== "left-out") around += piece.toString("latin1", from);
    const size = around.length + parts.reduce((sum, { length }) => sum + length, 0);
    if (size > LARGEST)
      throw new Error(`the server sent an object of more than ${LARGEST} bytes; none of Kubernetes is so large`);
  };

  return {
    write: (piece) => {
      if (failure !== undefined) return;
      try {
        read(piece);
      } catch (error) {
        failure = toError(error);
      }
    },
    end: () => {
      if (failure !== undefined) throw failure;
      return { text: Buffer.from(around, "latin1").toString("utf8"), items };
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
