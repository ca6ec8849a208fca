import { LABEL_KEY as KEY, LABEL_VALUE as VALUE } from "../../core/label-syntax.ts";

/**
 * Syntax of Kubernetes label selectors: so that a mistake shows when the configuration is read, not when pods are.
 *
 * | requirement              | means                             |
 * |--------------------------|-----------------------------------|
 * | `key`, `!key`            | the label is there, is not there  |
 * | `=`, `==`, `!=`          | its value is, is not              |
 * | `in (a,b)`, `notin (a)`  | its value is one, is none of them |
 * | `>`, `<`                 | its value is a number beyond      |
 */
const REQUIREMENT = new RegExp(
  `^(?:!\\s*${KEY}|${KEY}|${KEY}\\s*(?:=|==|!=)\\s*${VALUE}|${KEY}\\s*[<>]\\s*-?\\d+|` +
    `${KEY}\\s+(?:in|notin)\\s*\\((?!\\s*\\))\\s*${VALUE}(?:\\s*,\\s*${VALUE})*\\s*\\))$`,
);

/** What is wrong with a selector, or undefined. The empty one selects everything. */
export function selectorProblem(selector: string): string | undefined {
  if (selector.trim() === "") return undefined;
  // A comma inside of parentheses separates values, not requirements.
  const requirements = selector.split(/,(?![^(]*\))/).map((requirement) => requirement.trim());
  const wrong = requirements.find((requirement) => !REQUIREMENT.test(requirement));
  if (wrong === undefined) return undefined;
  return wrong === ""
    ? `has an empty requirement in ${JSON.stringify(selector)}`
    : `cannot be read at ${JSON.stringify(wrong)}`;
}
