import type { MadeChange } from "../../runtime/lambda/changes-made.ts";
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
    const { error, changes, ...others } = fields;
    const made = Array.isArray(changes) ? (changes as readonly MadeChange[]) : [];
    const word = level === "info" ? "" : `${paint(STYLES[level], level)}: `;
    const pairs = pairsOf(typeof changes === "number" ? { ...others, changes } : others);
    const rest = pairs.length === 0 ? "" : ` ${paint("dim", printable(pairs.join(" ")))}`;
    const cause = typeof error === "string" ? `: ${error.split("\n").map(printable).join("\n  ")}` : "";
    const below = made.map((change) => `\n  ${printable(madeText(change))}`).join("");
    return out(`${paint("dim", timestamp.slice(11, 19))} ${word}${printable(String(said))}${cause}${rest}${below}\n`);
  };
  return {
    debug: () => {},
    info: (message: unknown, ...extra: readonly unknown[]) => write("info", message, extra),
    warn: (message: unknown, ...extra: readonly unknown[]) => write("warn", message, extra),
    error: (message: unknown, ...extra: readonly unknown[]) => write("error", message, extra),
    getLevelName: () => "INFO",
  };
}

/** `register 10.0.0.1 in shop.local/web: missing, of shop/web-1` */
function madeText({ kind, id, namespace, service, reason, pod }: MadeChange): string {
  return `${kind} ${id} in ${namespace}/${service}: ${reason}${pod === null ? "" : `, of ${pod}`}`;
}

/** `cause=watch drift.missing=2`: what there is, and not what there is none of. */
function pairsOf(fields: Readonly<Record<string, unknown>>, before = ""): readonly string[] {
  return Object.entries(fields).flatMap(([key, value]): readonly string[] => {
    if (value === 0 || value === "" || value === null || (Array.isArray(value) && value.length === 0)) return [];
    if (typeof value === "object" && !Array.isArray(value))
      return pairsOf(value as Readonly<Record<string, unknown>>, `${before}${key}.`);
    const isPlain = typeof value === "string" && /^[^\s"=]+$/.test(value);
    return [`${before}${key}=${isPlain ? value : JSON.stringify(value)}`];
  });
}

/** Further fields, an error, or a text. */
function fieldsOf([extra]: readonly unknown[]): object {
  if (extra === undefined) return {};
  if (extra instanceof Error) return { error: extra.message };
  return typeof extra === "object" && extra !== null ? extra : { detail: extra };
}
