import { ALL, memberOf, tableOf } from "./field-table.ts";
import type { Choice, Table } from "./field-table.ts";
import type { Members } from "./fields.ts";
import { createValueEnd } from "./value-end.ts";

/** Reads objects one after the other, each from its first bracket to its last. */
export type FieldFilter = {
  /** Takes more of an object. Returns where in the piece it ends, just after its last bracket; else the piece's length. */
  readonly read: (piece: Buffer, from: number) => number;
  /** What is kept of the object, if it has ended: JSON if the object was. The next one may begin then. */
  readonly take: () => string | undefined;
  /** How many bytes are kept of the object that is read. */
  readonly size: () => number;
};

const [SPACE, QUOTE, COMMA, COLON, BACKSLASH] = [32, 34, 44, 58, 92];
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [91, 93, 123, 125];
/** From so many bytes on the platform copies faster than a loop. */
const LONG = 48;

/** An object or an array that is open around the byte that is read, of which some is kept and some is not. */
type Level = {
  readonly outer: Level | undefined;
  readonly table: Table;
  readonly isObject: boolean;
  /** Where among what is kept the member begins that is read, with the comma before it. */
  member: number;
};

/**
 * Leaves out of objects what is not among `fields`, byte by byte, so that neither text nor values are made of it. Of what is left out
 * only strings and brackets are understood. A name that is written with a backslash may be any, so that its member is kept.
 */
export function createFieldFilter(fields: Members): FieldFilter {
  const root = tableOf(fields);
  const valueEnd = createValueEnd();
  let kept = Buffer.allocUnsafe(8_192);
  let size = 0;
  let level: Level | undefined;
  /** What the next byte is part of; `whole` is a value of which all is kept or left out. */
  let place: "value" | "elements" | "members" | "name" | "whole" | "ended" = "value";
  /** What is read of the value that comes next, where that is some of it, and of one that is kept or left out as a whole. */
  let next: Table = root;
  let choice: Choice = ALL;
  /** Where among what is kept the name begins, and the value that is read as a whole. */
  let nameAt = 0;
  let valueAt = 0;
  let hasBackslash = false;
  let isEscaped = false;

  const reserve = (more: number) => {
    if (size + more <= kept.length) return;
    const larger = Buffer.allocUnsafe(2 * (size + more));
    kept.copy(larger, 0, 0, size);
    kept = larger;
  };

  const keep = (piece: Buffer, from: number, to: number) => {
    if (to - from > LONG) size += piece.copy(kept, size, from, to);
    else for (let at = from; at < to; at++) kept[size++] = piece[at] ?? 0;
  };

  const open = (table: Table, isObject: boolean) => {
    level = { outer: level, table, isObject, member: size };
    place = isObject ? "members" : "elements";
  };

  const goOn = () => {
    if (level === undefined) place = "ended";
    else place = level.isObject ? "members" : "elements";
  };

  const close = () => {
    level = level?.outer;
    goOn();
  };

  const beginWhole = (of: Choice) => {
    choice = of;
    place = "whole";
    valueAt = size;
    valueEnd.begin();
  };

  /** A byte between the members of an object. */
  const readMembers = (byte: number, inside: Level) => {
    if (byte === COMMA) inside.member = size;
    // Nothing is kept of the object before this comma.
    if (byte === COMMA && kept[size - 1] === BRACE) return;
    kept[size++] = byte;
    if (byte === BRACE_END) close();
    if (byte !== QUOTE) return;
    place = "name";
    nameAt = size;
    hasBackslash = false;
  };

  const readName = (piece: Buffer, from: number, inside: Level): number => {
    let at = from;
    let isOver = false;
    while (at < piece.length && !isOver) {
      const byte = piece[at++];
      isOver = byte === QUOTE && !isEscaped;
      isEscaped = byte === BACKSLASH && !isEscaped;
      hasBackslash ||= isEscaped;
    }
    keep(piece, from, at);
    if (!isOver) return at;
    const member = hasBackslash ? ALL : memberOf(inside.table, kept, nameAt, size - 1);
    if (member.kind === "none") size = inside.member;
    if (member.kind !== "members") beginWhole(member);
    else {
      next = member;
      place = "value";
    }
    return at;
  };

  /** A byte before a value of which some is kept, or between an array's. Returns whether it has been read. */
  const readAround = (byte: number, table: Table): boolean => {
    const isBetween = byte <= SPACE || byte === COLON || byte === COMMA;
    // A wrong one too, so that it is read: the text is no JSON then.
    const isEnd = place === "elements" && (byte === BRACKET_END || byte === BRACE_END);
    const isArray = byte === BRACKET && place === "value";
    if (!isBetween && !isEnd && !isArray && byte !== BRACE) {
      beginWhole(ALL);
      return false;
    }
    kept[size++] = byte;
    if (isEnd) close();
    else if (!isBetween) open(table, byte === BRACE);
    return true;
  };

  const readWhole = (piece: Buffer, from: number): number => {
    const end = valueEnd.find(piece, from);
    if (choice.kind !== "none") keep(piece, from, end);
    if (end === piece.length) return end;
    if (choice.kind === "only-with" && level !== undefined) {
      const value = kept.subarray(valueAt, size);
      if (!value.includes(choice.text) && !value.includes(BACKSLASH)) size = level.member;
    }
    goOn();
    return end;
  };

  /** Returns how far it has read. */
  const readSome = (piece: Buffer, at: number): number => {
    if (place === "whole") return readWhole(piece, at);
    if (place === "name" && level !== undefined) return readName(piece, at, level);
    const byte = piece[at] ?? 0;
    if (place === "members" && level !== undefined) readMembers(byte, level);
    else if (!readAround(byte, level !== undefined && place === "elements" ? level.table : next)) return at;
    return at + 1;
  };

  return {
    read: (piece, from) => {
      reserve(piece.length - from);
      for (let at = from; at < piece.length; at = readSome(piece, at)) if (place === "ended") return at;
      return piece.length;
    },
    take: () => {
      if (place !== "ended") return undefined;
      const text = kept.toString("utf8", 0, size);
      size = 0;
      place = "value";
      next = root;
      return text;
    },
    size: () => size,
  };
}
