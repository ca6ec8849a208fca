import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { setUpCli, SMALLEST } from "../support/cli.ts";

/** What `validate` makes of files and folders. */

const CONFIGURATION = `${SMALLEST}sources: { services: true }\n`;
const API = `apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop, annotations: { eks-cloudmap-sync/service: api } }
spec: { selector: { app: api }, ports: [{ port: 80, targetPort: 8080 }] }
`;

/** Writes files of these names, and runs the command over what `named` says, in the same folder. */
async function validate(files: Readonly<Record<string, string>>, ...named: readonly string[]) {
  const { runBare, config, folder } = await setUpCli({ document: CONFIGURATION });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const paths = named.map((name) => join(folder, name));
  const { code, out } = await runBare("validate", "-f", config, "-o", "json", ...paths);
  const { checks } = JSON.parse(out) as { checks: { check: string; result: string; message: string }[] };
  const lines = checks.map(({ check, result, message }) =>
    `${result} ${check}: ${message}`.replaceAll(`${folder}/`, ""),
  );
  return { code, lines, folder, runBare, config };
}

test("all mistakes of one object are told at once", async () => {
  const annotations = [
    "eks-cloudmap-sync/service: api",
    "eks-cloudmap-sync/port: 99999",
    "eks-cloudmap-sync/address: nod",
    "eks-cloudmap-sync/id: name",
    'eks-cloudmap-sync/attributes: "a, b=1, b=2"',
    'eks-cloudmap-sync/labels: "ok, not ok"',
  ].join(", ");
  const { code, lines } = await validate(
    { "a.yaml": API.replace("eks-cloudmap-sync/service: api", annotations).replace("port: 80,", "port: eighty,") },
    "a.yaml",
  );
  const all = lines.filter((line) => line.includes("Service shop/api")).join("\n");
  for (const mistake of [
    "eks-cloudmap-sync/port is 99999, which is no text",
    "spec.ports.0.port cannot be read",
    'eks-cloudmap-sync/address is "nod"; write pod',
    'eks-cloudmap-sync/id is "name"; write ip',
    'eks-cloudmap-sync/attributes has "a", which is no key=value',
    "names b twice",
    'eks-cloudmap-sync/labels has "not ok"',
  ])
    expect(all).toContain(mistake);
  expect(code).toBe(1);
});

test("what an annotation that is no text would say in quotes is checked too", async () => {
  const { lines } = await validate(
    { "a.yaml": API.replace("service: api", "service: api, eks-cloudmap-sync/port: 99999") },
    "a.yaml",
  );
  expect(lines.join("\n")).toMatch(/is 99999, which is no text/);
  expect(lines.join("\n")).toMatch(/names port 99999; a port is a number from 1 to 65535/);
});

test("the mistakes of all files are told at once, and the files without are checked", async () => {
  const { code, lines } = await validate(
    { "a.yaml": "a: [\n", "b.yaml": "a: ]\n", "c.yaml": API },
    "a.yaml",
    "b.yaml",
    "c.yaml",
    "d.yaml",
  );
  expect(lines.filter((line) => line.startsWith("failed")).map((line) => line.split(":")[0])).toEqual([
    "failed a.yaml",
    "failed b.yaml",
    "failed d.yaml",
  ]);
  expect(lines).toContain("ok service shop.local/api: claimed by Service shop/api");
  expect(code).toBe(1);
});

test.each([
  ["no apiVersion", API.replace("apiVersion: v1\n", ""), 'line 6, Service "api": it has no apiVersion'],
  ["no kind", API.replace("kind: Service\n", ""), 'line 6, "api": it has no kind'],
  [
    "neither",
    API.replace("apiVersion: v1\nkind: Service\n", ""),
    'line 6, "api": it has no apiVersion, it has no kind',
  ],
  ["no name", API.replace("name: api, ", ""), "line 6, Service: it has no metadata.name"],
  ["no metadata", API.replace(/metadata.*\n/, ""), "line 6, Service: it has no metadata"],
  ["a namespace that is none", API.replace("namespace: shop", "namespace: 5"), "metadata.namespace cannot be read"],
])("an object with %s is a mistake, with its place", async (_, object, says) => {
  const { code, lines } = await validate({ "a.yaml": `${API}---\n${object}` }, "a.yaml");
  expect(lines.find((line) => line.startsWith("failed"))).toContain(says);
  expect(code).toBe(1);
});

test("an object in a list that lacks its kind is named by its place there", async () => {
  const list = { apiVersion: "v1", kind: "List", items: [{ apiVersion: "v1", metadata: { name: "api" } }] };
  const { lines } = await validate({ "a.json": JSON.stringify(list) }, "a.json");
  expect(lines).toContainEqual(
    expect.stringMatching(/^failed a\.json: item 1 of the list at line 1, "api": it has no kind/),
  );
});

test("a file that is named and is something else is a mistake, a tool's settings are not", async () => {
  const values = await validate({ "values.yaml": "replicas: 3\n" }, "values.yaml");
  expect(values.lines).toContainEqual(
    expect.stringMatching(/^failed values\.yaml: line 1: this is no Kubernetes object/),
  );
  const kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n";
  const settings = await validate(
    { "a.yaml": API, "kustomization.yaml": kustomization },
    "a.yaml",
    "kustomization.yaml",
  );
  expect(settings.code).toBe(0);
});

test("an object whose name is generated counts", async () => {
  const { code, lines } = await validate({ "a.yaml": API.replace("name: api", "generateName: api-") }, "a.yaml");
  expect(lines).toContain("ok service shop.local/api: claimed by Service shop/api-");
  expect(code).toBe(0);
});

test.each([
  ["actions on lines of their own", "{{- if .Values.on }}\n" + API + "{{- end }}\n", "line 1, "],
  ["a value without quotes", API.replace("name: api", "name: {{ .Release.Name }}"), "line 3, "],
  ["a name in quotes", API.replace("name: api", 'name: "{{ .Release.Name }}"'), "line 3, "],
  ["an annotation in quotes", API.replace("service: api", 'service: "{{ .Values.name }}"'), "line 3, "],
])("a template with %s is said to be one, and how it is rendered", async (_, text, line) => {
  const { code, lines } = await validate({ "web/templates/api.yaml": text }, "web/templates/api.yaml");
  const failure = lines.find((one) => one.startsWith("failed"));
  expect(failure).toContain(`api.yaml: ${line}`);
  expect(failure).toMatch(
    /this is a template, and no manifest yet; render it: helm template .*web \| eks-cloudmap-sync validate --config sync\.yaml -$/,
  );
  expect(code).toBe(1);
});

test("braces in prose make no template", async () => {
  const rule = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: alerts, annotations: { summary: "{{ $labels.pod }} is down" } }\ndata:\n  a: |\n    text: "{{ $value }}"\n`;
  const { code, lines } = await validate({ "a.yaml": `${rule}---\n${API}` }, "a.yaml");
  expect(lines.join("\n")).not.toContain("template");
  expect(code).toBe(0);
});

test("a folder is read with all below it, and what is left out is named", async () => {
  const { code, lines, folder, runBare, config } = await validate(
    {
      "k8s/a.yaml": API,
      "k8s/deeper/b.yml": API.replaceAll(": api", ": orders"),
      "k8s/deeper/c.json": '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}',
      "k8s/deeper/values.yaml": "replicas: 3\n",
      "k8s/README.md": "# read me\n",
      "k8s/.git/config.yaml": "a: [\n",
      "k8s/chart/Chart.yaml": "apiVersion: v2\nname: web\n",
      "k8s/chart/templates/web.yaml": "{{ x }}\n",
    },
    "k8s",
  );
  expect(lines).toContain("ok manifests: 3 files, 3 objects, 2 claim a service; other kinds are not looked at");
  expect(lines).toContain(
    "ok k8s: left out, as no manifests by name or content: k8s/.git, k8s/README.md, k8s/deeper/values.yaml",
  );
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^warning k8s\/chart: is a Helm chart, and was left out; render it: helm template .*k8s\/chart \|/,
    ),
  );
  expect(code).toBe(0);
  await symlink(join(folder, "k8s"), join(folder, "k8s", "deeper", "round.yaml"));
  expect((await runBare("validate", "-f", config, join(folder, "k8s"))).out).toContain("3 files, 3 objects");
});

test("a broken object in a folder is a mistake, and a folder without any a warning", async () => {
  const broken = await validate({ "k8s/a.yaml": API.replace("kind: Service\n", "") }, "k8s");
  expect(broken.lines).toContainEqual(expect.stringMatching(/^failed k8s\/a\.yaml: line 1, "api": it has no kind/));
  const empty = await validate({ "k8s/notes.txt": "" }, "k8s");
  expect(empty.lines).toContainEqual(expect.stringMatching(/^warning k8s: holds no file .* with a Kubernetes object/));
});

test("of a file with many mistakes the first are told, and how many more there are", async () => {
  const { lines } = await validate({ "a.yaml": `${API.replace("kind: Service\n", "")}---\n`.repeat(30) }, "a.yaml");
  const failures = lines.filter((line) => line.startsWith("failed a.yaml"));
  expect(failures).toHaveLength(21);
  expect(failures.at(-1)).toBe("failed a.yaml: and 10 more mistakes; correct these first");
});

test("a file that is too large is not read", async () => {
  const { lines } = await validate({ "a.yaml": "#".repeat(16 * 1024 ** 2 + 1) }, "a.yaml");
  expect(lines).toContainEqual(
    expect.stringMatching(/^failed a\.yaml: cannot be read: it has 16777217 bytes, and 16777216/),
  );
});
