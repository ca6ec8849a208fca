import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** What an editor reads when somebody writes the construct; the configuration's is made of the schema's descriptions (`npm run docs`). */
test.each(["infra/props.ts", "infra/sync-configuration.ts", "infra/cloud-map-sync.ts"])(
  "every type, prop and key of %s says what it is",
  (file) => {
    const lines = readFileSync(file, "utf8").split("\n");
    const members = lines.map((line, index) => ({ line, before: lines[index - 1] ?? "" })).filter(isMember);
    expect(members.length).toBeGreaterThan(5);
    expect(members.filter(({ before }) => !before.endsWith("*/")).map(({ line }) => line)).toEqual([]);
    expect(members.filter(({ before }) => /^\s*\/\*\* Default: /.test(before)).map(({ line }) => line)).toEqual([]);
  },
);

function isMember({ line }: { readonly line: string }): boolean {
  return /^(?:\s+(?:static )?readonly \w+\??:|export (?:type \w+ =|class ))/.test(line);
}
