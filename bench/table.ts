import { Table } from "console-table-printer";

/** Rows under their headings; the columns named in `left` are text, the others numbers. */
export function renderTable<Column extends string>(
  columns: readonly Column[],
  left: readonly NoInfer<Column>[],
  rows: readonly Readonly<Record<Column, string | number>>[],
): string {
  const table = new Table({
    shouldDisableColors: true,
    columns: columns.map((name) => ({ name, alignment: left.includes(name) ? "left" : "right" })),
  });
  for (const row of rows) table.addRow({ ...row });
  return table.render();
}
