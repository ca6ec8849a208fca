import { fit, printable, shortenPath } from "./text.ts";

/** A column of numbers, unless it is text. The first column is what a row is about. */
export type Column = { readonly head: string; readonly isText?: boolean };

/** The first column is not cut below that; where it would have to be, rows are lists. */
const SHORTEST_NAME = 20;
const LONGEST_NAME = 60;
const GAP = "  ";

/**
 * Rows below their headings. `width`: that of the terminal, in columns; undefined: none. What does not fit has its names cut in
 * the middle; where that is not enough, a row is a list of what is not 0.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
  width: number | undefined,
): string {
  const texts = rows.map((row) => row.map((cell) => printable(String(cell))));
  const room = roomOfName(columns, texts, width);
  if (room < SHORTEST_NAME && texts.some(([name = ""]) => name.length > room))
    return fit(texts.map((row) => listOf(columns, row)).join("\n"), { width });
  const cells = [
    columns.map(({ head }) => head),
    ...texts.map(([name = "", ...others]) => [shortenPath(name, room), ...others]),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  return cells.map((row) => alignRow(columns, row, widths)).join("\n");
}

function roomOfName(columns: readonly Column[], rows: readonly (readonly string[])[], width: number | undefined) {
  if (width === undefined) return LONGEST_NAME;
  const others = columns.map(({ head }, index) => Math.max(head.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const taken = others.slice(1).reduce((sum, one) => sum + one + GAP.length, 0);
  return Math.min(LONGEST_NAME, width - taken);
}

function alignRow(columns: readonly Column[], row: readonly string[], widths: readonly number[]): string {
  const aligned = row.map((cell, index) => {
    const width = widths[index] ?? 0;
    return index === 0 || columns[index]?.isText === true ? cell.padEnd(width) : cell.padStart(width);
  });
  return aligned.join(GAP).trimEnd();
}

function listOf(columns: readonly Column[], [name = "", ...others]: readonly string[]): string {
  const told = others.flatMap((cell, index) => {
    const { head = "", isText = false } = columns[index + 1] ?? {};
    if (cell === "-" || (cell === "0" && !isText)) return [];
    return [`${head} ${cell}`];
  });
  return `${name}: ${told.join(", ")}`;
}
