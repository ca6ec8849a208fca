import type { Attributes, Pod, PodQuery } from "./model.ts";

/**
 * Reads a Kubernetes label selector, and says of labels whether they satisfy it, as the API server does (k8s.io/apimachinery,
 * labels.Parse). For selectors that were checked before: of one that cannot be read it throws a RangeError.
 *
 * | requirement     | satisfied where                            |
 * |-----------------|--------------------------------------------|
 * | `k`             | the label is there                         |
 * | `!k`            | it is not                                  |
 * | `k=v`, `k==v`   | it is there with that value                |
 * | `k in (a,b)`    | it is there with one of the values         |
 * | `k!=v`          | it is not there, or with another value     |
 * | `k notin (a,b)` | it is not there, or with none of them      |
 * | `k>n`, `k<n`    | it is there, a whole number, and beyond it |
 */
export function readSelector(selector: string): (labels: Attributes) => boolean {
  const requirements = parseSelector(selector);
  return (labels) => requirements.every(({ isSatisfied }) => isSatisfied(labels));
}

/** Which pods a query means; a load balancer is meant by name alone. For selectors that were checked before, as `readSelector`. */
export function readQuery({ namespace, labelSelector, name, kind }: PodQuery): (pod: Pod) => boolean {
  const isSelected = readSelector(labelSelector);
  return ({ key, labels }) =>
    key.namespace === namespace && key.kind === kind && (name === undefined || key.name === name) && isSelected(labels);
}

/** A label that whatever the selector selects has, with its value; undefined where it asks for no single one. */
export function selectorLabel(selector: string): { readonly key: string; readonly value: string } | undefined {
  const found = parseSelector(selector).find(({ value }) => value !== undefined);
  return found?.value === undefined ? undefined : { key: found.key, value: found.value };
}

/** The keys that a selector asks for. Throws a RangeError where it cannot be read. */
export function selectorKeys(selector: string): readonly string[] {
  return parseSelector(selector).map(({ key }) => key);
}

/** `value`: the one that satisfies it, where no other does. */
type Requirement = { readonly key: string; readonly isSatisfied: Test; readonly value?: string };

type Test = (labels: Attributes) => boolean;

function parseSelector(selector: string): readonly Requirement[] {
  return selector.trim() === "" ? [] : splitRequirements(selector).map(parseRequirement);
}

/** At the commas that stand outside of parentheses: those inside separate values. In one way through the text. */
export function splitRequirements(selector: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  let isInside = false;
  for (let at = 0; at < selector.length; at++) {
    const character = selector.charAt(at);
    if (character === "(" || character === ")") isInside = character === "(";
    if (character !== "," || isInside) continue;
    parts.push(selector.slice(from, at));
    from = at + 1;
  }
  return [...parts, selector.slice(from)];
}

function parseRequirement(part: string): Requirement {
  const text = part.trim();
  const set = /^([^\s!=<>(),]+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    return { key, isSatisfied: operator === "in" ? isOneOf(key, values) : not(isOneOf(key, values)) };
  }
  const compared = /^([^\s!=<>(),]+)\s*(==|=|!=|<|>)\s*([^\s!=<>(),]*)$/.exec(text);
  if (compared !== null) {
    const [, key = "", operator, value = ""] = compared;
    if (operator === "!=") return { key, isSatisfied: not(isOneOf(key, [value])) };
    if (operator === "<" || operator === ">") return { key, isSatisfied: isBeyond(key, operator, value) };
    return { key, isSatisfied: isOneOf(key, [value]), value };
  }
  const there = /^(!?)\s*([^\s!=<>(),]+)$/.exec(text);
  if (there === null) throw new RangeError(`${JSON.stringify(text)} is no requirement of a label selector`);
  const [, negation, key = ""] = there;
  return { key, isSatisfied: negation === "!" ? not(isThere(key)) : isThere(key) };
}

function isThere(key: string): Test {
  return (labels) => Object.hasOwn(labels, key);
}

function isOneOf(key: string, values: readonly string[]): Test {
  return (labels) => isThere(key)(labels) && values.includes(labels[key] ?? "");
}

function not(test: Test): Test {
  return (labels) => !test(labels);
}

const WHOLE_NUMBER = /^[+-]?\d+$/;

function isBeyond(key: string, operator: "<" | ">", limit: string): Test {
  return (labels) => {
    const value = labels[key] ?? "";
    // The API server counts in 64 bits: a longer number is none.
    if (!WHOLE_NUMBER.test(value) || BigInt.asIntN(64, BigInt(value)) !== BigInt(value)) return false;
    return operator === ">" ? BigInt(value) > BigInt(limit) : BigInt(value) < BigInt(limit);
  };
}
