import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const lines = ["README.md", ...globSync("docs/*.md")].flatMap((file) => readFileSync(file, "utf8").split("\n"));

test.each([
  // The CLI gives a call up after 60 s, and makes it again; a pass may take two minutes.
  ["aws lambda invoke", "--cli-read-timeout 0"],
  // Without one it is the account's default, and what an advanced parameter holds is refused.
  ["aws ssm put-parameter", "--tier Intelligent-Tiering"],
])("every `%s` of the documentation has %s", (command, option) => {
  const written = lines.flatMap((line) => line.split(command).slice(1));
  expect(written.length).toBeGreaterThan(0);
  expect(written.filter((rest) => !rest.includes(option))).toEqual([]);
});

test("a page that the package ships says first what to type where there is no clone", () => {
  const pages = globSync("docs/*.md").map((page) => [page, readFileSync(page, "utf8")] as const);
  const typed = pages.filter(([page, text]) => page !== "docs/changelog.md" && text.includes("npm run -s cli -- "));
  const silent = typed.filter(([, text]) => !text.slice(0, 400).includes("type `npx eks-cloudmap-sync` in place of"));
  expect(typed.length).toBeGreaterThan(5);
  expect(silent.map(([page]) => page)).toEqual([]);
});
