import { LABEL_KEY as KEY, LABEL_VALUE as VALUE } from "../../core/label-syntax.ts";

/** What separates the parts of a selector; no other blank does. */
const _ = "[ \\t\\r\\n]";

/**
 * Syntax of Kubernetes label selectors, as the API server parses them (`Parse` of k8s.io/apimachinery/pkg/labels): so that a
 * mistake shows when the configuration is read, not when pods are.
 *
 * | requirement              | means                                                            |
 * |--------------------------|------------------------------------------------------------------|
 * | `key`, `!key`            | the label is there, is not there                                 |
 * | `=`, `==`, `!=`          | its value is, is not; nothing is the empty value                 |
 * | `in (a,b)`, `notin (a)`  | its value is one, is none of them; nothing is the empty value    |
 * | `>`, `<`                 | its value is a number beyond: digits alone, of 64 bits at most   |
 *
 * Before Kubernetes 1.35 a list that ends in an even number of commas, as `(a,,)`, is refused, and so it is here.
 */
const REQUIREMENT = new RegExp(
  `^(?:!${_}*${KEY}|${KEY}|${KEY}${_}*(?:=|==|!=)${_}*${VALUE}|${KEY}${_}*[<>]${_}*(?<number>\\d{1,63})|` +
    `${KEY}${_}+(?:in|notin)${_}*\\(${_}*${VALUE}${_}*(?:,${_}*${VALUE}${_}*)*\\))$`,
);
const BLANKS = new RegExp(`^${_}+|${_}+$`, "g");
const EVEN_COMMAS = new RegExp(`(?<!,${_}*),${_}*,${_}*(?:,${_}*,${_}*)*\\)$`);
const LARGEST = 2n ** 63n - 1n;

/** What is wrong with a selector, or undefined. The empty one selects everything. */
export function selectorProblem(selector: string): string | undefined {
  if (trim(selector) === "") return undefined;
  // A comma inside of parentheses separates values, not requirements.
  const requirements = selector.split(/,(?![^(]*\))/).map(trim);
  const wrong = requirements.find((requirement) => !isRequirement(requirement));
  if (wrong === undefined) return undefined;
  return wrong === ""
    ? `has an empty requirement in ${JSON.stringify(selector)}`
    : `cannot be read at ${JSON.stringify(wrong)}`;
}

function isRequirement(text: string): boolean {
  const found = REQUIREMENT.exec(text);
  const number = found?.groups?.["number"];
  return found !== null && !EVEN_COMMAS.test(text) && (number === undefined || BigInt(number) <= LARGEST);
}

function trim(text: string): string {
  return text.replace(BLANKS, "");
}
