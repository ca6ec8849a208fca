import type { YAMLError } from "yaml";
import { bounded } from "../../core/bounded.ts";

/** Of a line that is shown. */
const LONGEST = 80;
/** A line, or a value without quotes, that begins with an action: in prose that is quoted, in a rule of an alert, they stand further on. */
const ACTION = /^\s*(?:- +|[\w./-]+: +)*\{\{/;
const OURS = /^eks-cloudmap-sync\//;

/** Whether a text that is no YAML is none because it is a template. A value that is an action looks like a map for a key. */
export function isTemplate(text: string, { code }: Pick<YAMLError, "code">): boolean {
  return text.split("\n").some((line) => ACTION.test(line) || (code === "NON_STRING_KEY" && line.includes("{{")));
}

/** Whether names that have to be known here are still to be filled in: no name in Kubernetes has a brace. */
export function isTemplated({
  name,
  namespace,
  annotations,
}: {
  readonly name: string;
  readonly namespace: string;
  readonly annotations?: Readonly<Record<string, unknown>> | null | undefined;
}): boolean {
  const ours = Object.entries(annotations ?? {}).flatMap(([key, value]) => (OURS.test(key) ? [value] : []));
  return [name, namespace, ...ours].some((value) => typeof value === "string" && value.includes("{{"));
}

/** What to do with a template, and by which line it was known. */
export function templateProblem(file: string, text: string): string {
  const lines = text.split("\n");
  const line = lines.findIndex((one) => one.includes("{{"));
  const shown = JSON.stringify(bounded((lines[line] ?? "").trim(), LONGEST));
  return `line ${line + 1}, ${shown}: this is a template, and no manifest yet; ${renderIt(chartOf(file))}`;
}

/** What to do with a chart. */
export function renderIt(chart: string): string {
  return `render it: helm template ${chart} | eks-cloudmap-sync validate --config sync.yaml -`;
}

/** The folder that a template's chart is in, where its path says so. */
function chartOf(file: string): string {
  const at = `/${file}`.lastIndexOf("/templates/");
  if (at < 0) return "CHART";
  return file.slice(0, Math.max(0, at - 1)) || ".";
}
