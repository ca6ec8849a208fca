import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path/posix";
import { expect, test } from "vitest";
import { SOURCES } from "../functions/mappings/sources.ts";
import { TRIGGERS } from "../functions/triggers/event-bridge.ts";
import { FUNCTION_NAMES } from "../infra/functions.ts";

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
  infra: ["core", "mappings", "runtime", "triggers"],
};

const files = globSync(["functions/**/*.ts", "infra/**/*.ts"]).map((path) => ({
  path,
  layer: layerOf(path),
  text: readFileSync(path, "utf8"),
}));

test("a layer imports only the layers below it", () => {
  const wrong = files.flatMap(({ path, layer, text }) =>
    importedFiles(path, text)
      .map((imported) => ({ path, from: layer, to: layerOf(imported) }))
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

test("no files import each other in a circle, types included", () => {
  const imports = new Map(files.map(({ path, text }) => [path, importedFiles(path, text)]));
  const open: string[] = [];
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (path: string) => {
    if (open.includes(path)) circles.push([...open.slice(open.indexOf(path)), path].join(" → "));
    if (open.includes(path) || done.has(path)) return;
    open.push(path);
    for (const next of imports.get(path) ?? []) walk(next);
    open.pop();
    done.add(path);
  };
  for (const path of imports.keys()) walk(path);
  expect(circles).toEqual([]);
});

test("a Lambda is a row of infra/functions.ts and a file in functions", () => {
  expect(FUNCTION_NAMES.toSorted()).toEqual(globSync("functions/*.ts").map(nameOf).toSorted());
  // The props `watch` and `auditLog` have names of their own.
  const others = files.filter(({ path }) => path.startsWith("infra/") && !/\/(functions|context)\.ts$/.test(path));
  const named = others.filter(({ text }) => FUNCTION_NAMES.some((name) => text.includes(`"${name}"`)));
  expect(named.map(({ path }) => path)).toEqual([]);
});

test("a trigger is a row of functions/triggers/event-bridge.ts and a file in functions/triggers/events", () => {
  const rooms = globSync("functions/triggers/events/*.ts");
  expect(TRIGGERS).toHaveLength(rooms.length);
  expect(importersOf(rooms)).toEqual(["functions/triggers/event-bridge.ts"]);
});

test("a source is a row of functions/mappings/sources.ts and a file", () => {
  // One of them is an everyday word.
  const names = SOURCES.map(({ name }) => name).filter((name) => /[A-Z]/.test(name));
  const others = files.filter(({ layer }) => layer !== "mappings");
  const naming = others.filter(({ text }) => names.some((name) => text.includes(`"${name}"`)));
  expect(names).toHaveLength(SOURCES.length - 1);
  expect(naming.map(({ path }) => path)).toEqual([]);
  expect(importersOf(["functions/mappings/services.ts", "functions/mappings/virtual-nodes.ts"])).toEqual([
    "functions/mappings/sources.ts",
  ]);
});

/** The files that import any of these. */
function importersOf(paths: readonly string[]): readonly string[] {
  return files
    .filter(({ path, text }) => importedFiles(path, text).some((imported) => paths.includes(imported)))
    .map(({ path }) => path);
}

function importedFiles(path: string, text: string): readonly string[] {
  return importsOf(text)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => join(dirname(path), specifier));
}

function nameOf(path: string): string {
  return basename(path, ".ts");
}

function layerOf(path: string): string {
  const [top, folder, ...rest] = path.split("/");
  if (top !== "functions") return top ?? "";
  return rest.length === 0 ? "entry" : (folder ?? "");
}

function importsOf(text: string): readonly string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].flatMap(([, specifier]) => specifier ?? []);
}
