/** Markup that may stand on a page as it is. */
export type Html = { readonly text: string };

type Part = string | number | Html | readonly Html[];

/** A template whose values are text, whatever they hold: servers and tenants wrote them. Markup goes in as `Html` alone. */
export function markup(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { text: literals.map((literal, index) => literal + markupOf(parts[index] ?? "")).join("") };
}

/** Of text that this program itself holds. */
export function verbatim(text: string): Html {
  return { text };
}

function markupOf(part: Part): string {
  if (typeof part === "string" || typeof part === "number") return escape(String(part));
  return "text" in part ? part.text : part.map(({ text }) => text).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/** What is invisible and steers is shown by its number: control characters, and marks that turn the direction of text. */
function escape(text: string): string {
  return text
    .replaceAll(/[&<>"'`]/g, (character) => ENTITIES[character] ?? "")
    .replaceAll(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, numberOf);
}

function numberOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
