import type { Fields, Members } from "./fields.ts";

/** What is read of a value, with names as bytes: to ask for one takes no text. */
export type Choice = { readonly kind: "all" | "none" } | { readonly kind: "only-with"; readonly text: Buffer } | Table;

export type Table = {
  readonly kind: "members";
  /** By the length of their names. */
  readonly named: readonly (readonly Named[] | undefined)[];
  readonly others: Choice;
};

type Named = { readonly name: Buffer; readonly choice: Choice };

export const ALL: Choice = { kind: "all" };
const NONE: Choice = { kind: "none" };

export function tableOf({ members, others }: Members): Table {
  const named: Named[][] = [];
  for (const [name, fields] of Object.entries(members)) {
    const bytes = Buffer.from(name);
    (named[bytes.length] ??= []).push({ name: bytes, choice: choiceOf(fields) });
  }
  return { kind: "members", named, others: others === "all" ? ALL : NONE };
}

/** What is read of the member whose name stands in these bytes. */
export function memberOf({ named, others }: Table, bytes: Buffer, from: number, to: number): Choice {
  const candidates = named[to - from];
  if (candidates === undefined) return others;
  for (const { name, choice } of candidates) if (isAt(bytes, from, name)) return choice;
  return others;
}

function choiceOf(fields: Fields): Choice {
  if (fields === "all") return ALL;
  if (fields === "none") return NONE;
  return "onlyWith" in fields ? { kind: "only-with", text: Buffer.from(fields.onlyWith) } : tableOf(fields);
}

function isAt(bytes: Buffer, from: number, name: Buffer): boolean {
  for (let at = 0; at < name.length; at++) if (bytes[from + at] !== name[at]) return false;
  return true;
}
