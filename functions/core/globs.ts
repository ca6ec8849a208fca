/** Whether `text` matches one of the globs, in which `*` stands for any characters, and nothing else is special. */
export function matchesAny(text: string, globs: readonly string[]): boolean {
  return globs.some((glob) => matches(text, glob));
}

/** Greedy matching from both ends: linear, where a regular expression made of a hostile glob would not be. */
function matches(text: string, glob: string): boolean {
  if (glob === "*") return true;
  const parts = glob.split("*");
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (parts.length === 1) return text === glob;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
