import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { generatedDocs } from "../../docs/generate.ts";
import { parseConfiguration } from "../../functions/runtime/configuration/document.ts";

test.each(generatedDocs().map((doc) => [basename(doc.file.pathname), doc] as const))(
  "%s is what the schema says (if not: npm run docs)",
  (_, { file, text }) => {
    expect(readFileSync(file, "utf8")).toBe(text);
  },
);

test("tells the meaning of every key", () => {
  const page = generatedDocs().find(({ file }) => file.pathname.endsWith(".md"))?.text ?? "";
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const keys = rows.map((row) => row.split(" | "));
  expect(keys.length).toBeGreaterThan(40);
  expect(keys.filter((cells) => cells.length === 4 && (cells[3] ?? "").replace(" |", "").trim() === "")).toEqual([]);
});

test("shows examples that are valid", () => {
  const page = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
  const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ""]) => yaml);
  expect(examples.length).toBeGreaterThan(1);
  for (const example of examples) {
    const whole = example.includes("cluster:") ? example : `cluster: prod\nnamespaces: [shop.local]\n${example}`;
    expect(parseConfiguration(whole, "docs/configuration.md").cluster).toBe("prod");
  }
});
