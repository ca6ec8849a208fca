import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { zip } from "../../infra/zip.ts";

const entries = [
  { name: "index.mjs", data: Buffer.from("export const handler = () => {};\n".repeat(100)) },
  { name: "index.mjs.map", data: Buffer.from("{}") },
];

test("another archiver reads back what went in, as files that everybody may read", () => {
  const folder = mkdtempSync(join(tmpdir(), "zip-"));
  try {
    writeFileSync(join(folder, "a.zip"), zip(entries));
    const script =
      "import json,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None;" +
      "print(json.dumps([[i.filename, z.read(i).decode(), oct(i.external_attr >> 16)] for i in z.infolist()]))";
    const read: unknown = JSON.parse(
      execFileSync("python3", ["-c", script, join(folder, "a.zip")], { encoding: "utf8" }),
    );
    expect(read).toEqual(entries.map(({ name, data }) => [name, data.toString(), "0o100644"]));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the same files make the same archive, in whatever order they come", () => {
  expect(zip(entries).equals(zip([...entries].reverse()))).toBe(true);
});
