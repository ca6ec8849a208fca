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
