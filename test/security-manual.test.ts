import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const lines = linesOf(readFileSync(join(ROOT, "docs/security.md"), "utf8"));

test("the manual says of each thing that a tenant can or cannot do which test shows it", () => {
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.filter(({ test: named }) => named === undefined)).toEqual([]);
});

test.each(lines)("a tenant $what: its test is there", ({ test: named }) => {
  const [file = "", sentence = ""] = named ?? [];
  expect(readFileSync(join(ROOT, file), "utf8")).toContain(sentence);
});

function linesOf(manual: string): readonly { readonly what: string; readonly test: readonly string[] | undefined }[] {
  const table = manual.split("\n\n").find((block) => block.startsWith("| A tenant |")) ?? "";
  return table
    .split("\n")
    .slice(2)
    .map((row) => {
      const cells = row.split(" | ");
      const named = /`(test\/[\w/.-]+)`: (.+?) \|$/.exec(row)?.slice(1);
      return { what: cells[0]?.replace("| ", "") ?? "", test: named };
    });
}
