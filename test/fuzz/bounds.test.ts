import { expect, test } from "vitest";
import { InputError } from "../../functions/core/errors.ts";
import { checkConfiguration } from "../../functions/runtime/configuration/document.ts";
import { selectorProblem } from "../../functions/runtime/configuration/selector.ts";
import { outcome } from "./hostile.ts";

test("many mistakes, and long ones, are told in part and counted", () => {
  const keys = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`${n}${"k".repeat(2_000)}`, 1]));
  const read = () => checkConfiguration({ cluster: "prod", namespaces: ["shop.local"], ...keys }, "sync.yaml");
  const refused = outcome(read, (error) => error instanceof InputError);
  expect(refused).toMatchObject({ message: expect.stringMatching(/^sync\.yaml has 2000 mistakes:.*and 1950 more/s) });
  expect((refused as Error).message.length).toBeLessThan(60_000);
});

/** How long this took grew with the third power of the blanks, so that 200 never ended. */
test("a list of thousands of blanks and commas is no longer to read than any other text", () => {
  expect(selectorProblem(`a in (${" , ".repeat(20_000)}!)`)).toContain("cannot be read at");
  expect(selectorProblem(`a in (${" , ".repeat(19_999)})`)).toBeUndefined();
});
