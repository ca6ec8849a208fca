import { toError } from "../core/errors.ts";
import { createFieldFilter } from "./field-filter.ts";
import type { Members } from "./fields.ts";

/** The largest object that is read, in bytes: etcd takes objects of 1.5 MB, and JSON writes a byte as six where it has to. */
const LARGEST = 16 * 1024 * 1024;

const [QUOTE, BACKSLASH, BRACE, BRACE_END, BRACKET, BRACKET_END] = [34, 92, 123, 125, 91, 93];
/** How many brackets are open within the list's `items`. */
const ITEMS = 2;

/** What is read of each object of a list, and what is made of that. */
export type Projection<T> = {
  readonly fields: Members;
  /** `text`: what is read of the object, as JSON. */
  readonly project: (item: unknown, text: string) => T;
  /** What `project` once made of the same text, where that is known; the text is not parsed then. */
  readonly recall?: ((text: string) => T | undefined) | undefined;
};

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
export function createListReader<T>({ fields, project, recall }: Projection<T>): ListReader<T> {
  const filter = createFieldFilter(fields);
  const items: T[] = [];
  let failure: Error | undefined;
  /** What is no object's, one character a byte. */
  let around = "";
  let place: "around" | "items" | "object" = "around";
  let depth = 0;
  let isInString = false;
  let isEscaped = false;

  /** Returns where the object ends. */
  const readObject = (piece: Buffer, from: number): number => {
    const end = filter.read(piece, from);
    const text = filter.take();
    if (text === undefined) return end;
    place = "items";
    const known = recall?.(text);
    const object = known === undefined ? parseJson(text) : undefined;
    if (known !== undefined) items.push(known);
    else if (object !== undefined) items.push(project(object, text));
    // Where it is no JSON, neither is the whole then.
    around += known === undefined && object === undefined ? "!" : "0";
    return end;
  };

  /** Reads until an object begins. Returns where that is. */
  const readAround = (piece: Buffer, from: number): number => {
    let at = from;
    for (; at < piece.length && place !== "object"; at++) {
      const byte = piece[at];
      if (isEscaped) isEscaped = false;
      else if (isInString) {
        isEscaped = byte === BACKSLASH;
        isInString = byte !== QUOTE;
      } else if (byte === QUOTE) isInString = true;
      else if (byte === BRACE && place === "items" && depth === ITEMS) {
        place = "object";
        break;
      } else if (byte === BRACE || byte === BRACKET) {
        if (byte === BRACKET && depth === ITEMS - 1 && isItems(around + piece.toString("latin1", from, at)))
          place = "items";
        depth++;
      } else if (byte === BRACE_END || byte === BRACKET_END) {
        depth--;
        if (depth < ITEMS) place = "around";
      }
    }
    around += piece.toString("latin1", from, at);
    return at;
  };

  const read = (piece: Buffer) => {
    let at = 0;
    while (at < piece.length) at = place === "object" ? readObject(piece, at) : readAround(piece, at);
    if (around.length + filter.size() > LARGEST)
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

/** Whether what comes next is the value of `items`. */
function isItems(before: string): boolean {
  return /"items"\s*:\s*$/.test(before);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
