import { expect, test } from "vitest";
import { parseJson } from "../../functions/core/json.ts";

test("text is read as JSON", () => {
  expect(parseJson('{"a":[1]}')).toEqual({ a: [1] });
});

test("what is no JSON is refused without a word of it: it may hold a secret", () => {
  expect(() => parseJson("token: s3cret")).toThrow(/^it is no JSON$/);
});
