import type { ErrorCode, YAMLError } from "yaml";
import { bounded } from "../../core/bounded.ts";

/** What people do most, in our words; the library has its own for the rest. */
const WORDS: Partial<Readonly<Record<ErrorCode, string>>> = {
  DUPLICATE_KEY: "this key is there twice; keep one of the two",
  MULTIPLE_DOCS: "a second document begins here; write one document in a file",
  TAB_AS_INDENT: "a tab is before it; indent with spaces",
  NON_STRING_KEY: "a key is a map or a list here; put it in quotes if it is a text",
  MULTILINE_IMPLICIT_KEY: "a value is missing, or the next line is indented otherwise than this one",
};
/** Of a line that is shown. */
const LONGEST = 80;

/** `line 5, "cluster: other": this key is there twice; …`, of a text that is no YAML. */
export function yamlProblem({ code, message, linePos }: YAMLError, text: string): string {
  const problem = WORDS[code] ?? libraryWords(message);
  if (linePos === undefined) return problem;
  const [{ line }] = linePos;
  const shown = (text.split("\n")[line - 1] ?? "").trim();
  return `line ${line}${shown === "" ? "" : `, ${JSON.stringify(bounded(shown, LONGEST))}`}: ${problem}`;
}

/** Its first sentence, without the place and the picture that follow. */
function libraryWords(message: string): string {
  return (message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, "");
}
