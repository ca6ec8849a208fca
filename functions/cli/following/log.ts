import { shapeLine } from "../../runtime/lambda/log-report.ts";
import type { Log } from "../../runtime/lambda/log-report.ts";
import type { Options, Terminal } from "../session.ts";
import { createPaint, printable } from "../text.ts";

type Level = "info" | "warn" | "error";

const STYLES = { info: "dim", warn: "yellow", error: "red" } as const;

/** Writes a line for each thing that is told: for a person, or as JSON, as the functions do. Debug lines are left out. */
export function createLog({ out, style }: Pick<Terminal, "out" | "style">, output: Options["output"]): Log {
  const paint = createPaint(style);
  const write = (level: Level, message: unknown, extra: readonly unknown[]) => {
    const timestamp = new Date().toISOString();
    const line: unknown = { timestamp, level: level.toUpperCase(), message, ...fieldsOf(extra) };
    const text = JSON.stringify(line, shapeLine);
    if (output === "json") return out(`${text}\n`);
    const {
      timestamp: _t,
      level: _l,
      message: said,
      ...fields
    } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const word = level === "info" ? "" : `${paint(STYLES[level], level)}: `;
    const rest = Object.keys(fields).length === 0 ? "" : ` ${paint("dim", printable(JSON.stringify(fields)))}`;
    return out(`${paint("dim", timestamp.slice(11, 19))} ${word}${printable(String(said))}${rest}\n`);
  };
  return {
    debug: () => {},
    info: (message: unknown, ...extra: readonly unknown[]) => write("info", message, extra),
    warn: (message: unknown, ...extra: readonly unknown[]) => write("warn", message, extra),
    error: (message: unknown, ...extra: readonly unknown[]) => write("error", message, extra),
    getLevelName: () => "INFO",
  };
}

/** Further fields, an error, or a text. */
function fieldsOf([extra]: readonly unknown[]): object {
  if (extra === undefined) return {};
  if (extra instanceof Error) return { error: extra.message };
  return typeof extra === "object" && extra !== null ? extra : { detail: extra };
}
