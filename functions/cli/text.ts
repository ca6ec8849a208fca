import { stripVTControlCharacters, styleText } from "node:util";

/** `width`: where lines are broken, in columns; undefined leaves them whole, for files and pipes. */
export type Style = { readonly isColoured: boolean; readonly width: number | undefined };

/** How loud a piece of text is. On anything but a terminal, everything is plain. */
export type Paint = (style: "green" | "yellow" | "red" | "bold" | "dim", text: string) => string;

export function createPaint({ isColoured }: Style): Paint {
  return (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text);
}

/** Messages carry what servers and tenants wrote; nothing in them may steer a terminal, or turn the order of what is read. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}\p{Bidi_Control}]+/gu, " ");
}

/** `1 change`, `2 changes` */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** `a, b and 4 more`: the first of them. */
export function listSome(names: readonly string[], most: number): string {
  const more = names.length > most ? ` and ${names.length - most} more` : "";
  return `${names.slice(0, most).join(", ")}${more}`;
}

/** Cuts a name in its middle where it would stretch a table; its ends tell names apart best. */
export function shorten(name: string, most = 60): string {
  if (name.length <= most) return name;
  const tail = Math.floor((most - 1) / 2);
  return `${name.slice(0, most - 1 - tail)}…${name.slice(-tail)}`;
}

/** Breaks every line at spaces, what follows indented below it. */
export function fit(text: string, { width }: Pick<Style, "width">): string {
  if (width === undefined) return text;
  return text
    .split("\n")
    .map((line) => breakLine(line, width))
    .join("\n");
}

function breakLine(line: string, width: number): string {
  if (lengthOf(line) <= width) return line;
  const indent = " ".repeat(line.length - line.trimStart().length);
  const lines: string[] = [];
  let current = indent;
  for (const word of line.trimStart().split(" ")) {
    const isFirst = current.trim() === "";
    const longer = isFirst ? `${current}${word}` : `${current} ${word}`;
    if (isFirst || lengthOf(longer) <= width) current = longer;
    else {
      lines.push(current);
      current = `${indent}    ${word}`;
    }
  }
  return [...lines, current].join("\n");
}

function lengthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
