type Row = readonly (string | number)[];

/** A table as documents have it. */
export function markdownTable(head: Row, rows: readonly Row[]): string {
  return [lineOf(head), `|${"---|".repeat(head.length)}`, ...rows.map(lineOf)].join("\n");
}

function lineOf(cells: Row): string {
  return `|${cells.map((cell) => (cell === "" ? " |" : ` ${cell} |`)).join("")}`;
}
