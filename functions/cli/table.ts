import { fit, printable, shorten } from "./text.ts";

/** A column of numbers, unless it is text. The first column is what a row is about. */
export type Column = { readonly head: string; readonly isText?: boolean };

/** A cell a column; a row of one cell is a heading of those that follow. */
export type Row = readonly (string | number)[];

/** The first column is not cut below that; where it would have to be, rows are lists. */
const SHORTEST_NAME = 12;
const GAP = "  ";

/**
 * Rows below their headings. `width`: that of the terminal, in columns; undefined: none. What does not fit has its names cut in
 * the middle; where that is not enough, or names would look alike, a row is a list of what is not 0.
 */
export function renderTable(columns: readonly Column[], rows: readonly Row[], width: number | undefined): string {
  const texts = rows.map((row) => row.map((cell) => printable(String(cell))));
  const room = Math.max(0, roomOfName(columns, texts, width));
  const cut = texts.map(([name = "", ...others]) => (others.length === 0 ? [name] : [shorten(name, room), ...others]));
  if (!fitsNames(columns, rows, width) && (room < SHORTEST_NAME || namesOf(cut).size < namesOf(texts).size))
    return fit(texts.map((row) => listOf(columns, row)).join("\n"), { width });
  const cells = [columns.map(({ head }) => head), ...cut];
  const widths = columns.map((_, index) => widest(cells, index));
  return cells.map((row) => alignRow(columns, row, widths)).join("\n");
}

/** Whether no name has to be cut. */
export function fitsNames(columns: readonly Column[], rows: readonly Row[], width: number | undefined): boolean {
  const texts = rows.map((row) => row.map((cell) => printable(String(cell))));
  return widest(texts, 0) <= roomOfName(columns, texts, width);
}

function roomOfName(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): number {
  if (width === undefined) return Infinity;
  const taken = columns.map(({ head }, index) => Math.max(head.length, widest(rows, index)) + GAP.length);
  return width - taken.slice(1).reduce((sum, one) => sum + one, 0);
}

/** A heading takes no room of a column. */
function widest(rows: readonly (readonly string[])[], index: number): number {
  return Math.max(0, ...rows.filter((row) => row.length > 1).map((row) => row[index]?.length ?? 0));
}

function namesOf(rows: readonly (readonly string[])[]): ReadonlySet<string | undefined> {
  return new Set(rows.map(([name]) => name));
}

function alignRow(columns: readonly Column[], row: readonly string[], widths: readonly number[]): string {
  if (row.length === 1) return row.join("");
  const aligned = row.map((cell, index) => {
    const width = widths[index] ?? 0;
    return index === 0 || columns[index]?.isText === true ? cell.padEnd(width) : cell.padStart(width);
  });
  return aligned.join(GAP).trimEnd();
}

function listOf(columns: readonly Column[], [name = "", ...others]: readonly string[]): string {
  if (others.length === 0) return name;
  const told = others.flatMap((cell, index) => {
    const { head = "", isText = false } = columns[index + 1] ?? {};
    if (cell === "-" || (cell === "0" && !isText)) return [];
    return [`${head} ${cell}`];
  });
  return `${name}: ${told.join(", ")}`;
}
