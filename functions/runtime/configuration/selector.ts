import { boundedName } from "../../core/bounded.ts";
import { LABEL_KEY as KEY, LABEL_VALUE as VALUE } from "../../core/label-syntax.ts";
import { splitRequirements } from "../../core/selectors.ts";

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
    `${KEY}${_}+(?:in|notin)${_}*\\((?<list>[^()]*)\\))$`,
);
const BLANK = new RegExp(`^${_}$`);
const LISTED = new RegExp(`^${VALUE}$`);
const LARGEST = 2n ** 63n - 1n;

/** What is wrong with a selector, or undefined. The empty one selects everything. */
export function selectorProblem(selector: string): string | undefined {
  if (trim(selector) === "") return undefined;
  const wrong = splitRequirements(selector)
    .map(trim)
    .find((requirement) => !isRequirement(requirement));
  if (wrong === undefined) return undefined;
  return wrong === ""
    ? `has an empty requirement in ${JSON.stringify(boundedName(selector))}`
    : `cannot be read at ${JSON.stringify(boundedName(wrong))}`;
}

function isRequirement(text: string): boolean {
  const found = REQUIREMENT.exec(text);
  if (found === null) return false;
  const { number, list } = found.groups ?? {};
  if (number !== undefined) return BigInt(number) <= LARGEST;
  return list === undefined || isList(list.split(",").map(trim));
}

/** Apart from the requirement's expression, which would try each way to share the blanks out among empty values. */
function isList(values: readonly string[]): boolean {
  const last = values.findLastIndex((value) => value !== "");
  const commas = values.length - 1 - Math.max(last, 0);
  return values.every((value) => LISTED.test(value)) && (commas === 0 || commas % 2 === 1);
}

/** Without the blanks at its ends, in steps that grow with the text; an expression's would grow with its square. */
function trim(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && BLANK.test(text.charAt(from))) from++;
  while (to > from && BLANK.test(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}
