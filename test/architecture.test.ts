import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { expect, test } from "vitest";

/** Layer → the layers that it may import, besides itself. Files directly in `functions/` are the Lambdas' entries. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  kubernetes: ["core"],
  cloudmap: ["core"],
  mappings: ["core"],
  triggers: ["core"],
  runtime: ["core", "kubernetes", "cloudmap", "mappings", "triggers"],
  cli: ["core", "runtime"],
  entry: ["core", "runtime", "triggers"],
  infra: ["core", "runtime", "triggers"],
};

const files = globSync(["functions/**/*.ts", "infra/**/*.ts"]).map((path) => ({
  path,
  layer: layerOf(path),
  text: readFileSync(path, "utf8"),
}));

test("a layer imports only the layers below it", () => {
  const wrong = files.flatMap(({ path, layer, text }) =>
    importsOf(text)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => ({ path, from: layer, to: layerOf(join(dirname(path), specifier)) }))
      .filter(({ from, to }) => from !== to && MAY_IMPORT[from]?.includes(to) !== true)
      .map(({ path: file, to }) => `${file} imports ${to}`),
  );
  expect(files.length).toBeGreaterThan(20);
  expect(wrong).toEqual([]);
});

test("the core imports nothing outside itself", () => {
  const wrong = files
    .filter(({ layer }) => layer === "core")
    .flatMap(({ path, text }) => importsOf(text).map((specifier) => ({ path, specifier })))
    .filter(({ specifier }) => !specifier.startsWith("./"));
  expect(wrong).toEqual([]);
});

test("only the runtime and the CLI read the environment", () => {
  const wrong = files.filter(
    ({ layer, text }) => !["runtime", "cli", "infra"].includes(layer) && /\bprocess\.env\b/.test(text),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test("the core has no clock and writes to no console", () => {
  const wrong = files.filter(
    ({ layer, text }) => layer === "core" && /\bDate\.now\(|new Date\(\)|\bconsole\.|setTimeout\(/.test(text),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

function layerOf(path: string): string {
  const [top, folder, ...rest] = path.split("/");
  if (top !== "functions") return top ?? "";
  return rest.length === 0 ? "entry" : (folder ?? "");
}

function importsOf(text: string): readonly string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].flatMap(([, specifier]) => specifier ?? []);
}
