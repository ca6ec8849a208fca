/** The longest name of Kubernetes, a DNS subdomain; what is longer is no name. */
const NAME = 253;
/** The longest name and value of AWS's: of an HTTP namespace, of an attribute. */
const TEXT = 1_024;

/** A name that somebody else has chosen, as it may stand in a sentence. */
export function boundedName(text: string): string {
  return bounded(text, NAME);
}

/** The same value, every text in it bounded: names and messages come from tenants and servers. */
export function boundAll<T>(value: T): T {
  return bound(value) as T;
}

/**
 * In one line, and without what would steer a terminal or a reader's eye. Of what is too long the middle is left out: what to do
 * stands at the end of a sentence.
 */
export function bounded(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, " ").replaceAll(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, escape);
  if (line.length <= most) return line;
  const tail = Math.floor(most / 3);
  return `${line.slice(0, most - tail - 1)}…${line.slice(-tail)}`;
}

function bound(value: unknown): unknown {
  if (typeof value === "string") return bounded(value, TEXT);
  if (Array.isArray(value)) return value.map(bound);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, bound(one)]));
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
