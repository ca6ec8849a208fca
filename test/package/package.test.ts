import { execFile } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { install, MANIFEST, pack, pinned, runIn } from "./packed.ts";

const run = promisify(execFile);
const { version, devDependencies } = MANIFEST;

const APP = `
import { App, Stack } from "aws-cdk-lib";
import { CloudMapSync } from "eks-cloudmap-sync";
const stack = new Stack(new App(), "Shop");
new CloudMapSync(stack, "Sync", { cluster: "prod", configuration: { namespaces: ["shop.local"] } });
`;
/** What the types must refuse, and what they must know. */
const TYPES = `
import type { CloudMapSync, CloudMapSyncProps, SyncConfiguration } from "eks-cloudmap-sync";
export const configuration: SyncConfiguration = { namespaces: ["shop.local"], policy: "dry-run" };
export const props: CloudMapSyncProps = { cluster: "prod", configuration, services: "tagged" };
export const functionArn = (sync: CloudMapSync): string => sync.manualResync.functionArn;
// @ts-expect-error no such policy
export const mistake: SyncConfiguration = { policy: "sink" };
`;

type Sbom = {
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly hashes: readonly { readonly content: string }[];
  }[];
};

let packed: Awaited<ReturnType<typeof pack>>;
/** An empty CDK app elsewhere, with the packed package installed into it. */
let app = "";

beforeAll(async () => {
  packed = await pack();
  app = join(packed.root, "app");
  await mkdir(app);
  const manifest = {
    private: true,
    type: "module",
    dependencies: { "eks-cloudmap-sync": `file:${packed.tarball}`, ...pinned("aws-cdk-lib", "constructs") },
    devDependencies: {
      ...pinned("aws-cdk", "node", "typescript", "@types/node"),
      "typescript-5": "npm:typescript@5.9.3",
      "typescript-5.4": "npm:typescript@5.4.5",
    },
    allowScripts: { node: true },
  };
  await writeFile(join(app, "package.json"), JSON.stringify(manifest));
  await mkdir(join(app, "cjs"));
  await writeFile(join(app, "cjs/package.json"), JSON.stringify({ private: true }));
  for (const folder of [".", "cjs"]) {
    await writeFile(join(app, folder, "app.ts"), APP);
    await writeFile(join(app, folder, "types.ts"), TYPES);
  }
  await install(app);
}, 600_000);

afterAll(() => packed.remove());

test("two lines synthesize in an app that has neither esbuild nor Docker", async () => {
  expect(existsSync(join(app, "node_modules/esbuild"))).toBe(false);
  await inApp("cdk", ["synth", "--quiet", "--no-notices", "--app", "node app.ts"]);
  const assets = (await readdir(join(app, "cdk.out"))).filter((name) => name.startsWith("asset."));
  const bundles = assets.filter((name) => existsSync(join(app, "cdk.out", name, "watch.mjs")));
  expect(bundles).toHaveLength(1);
});

test("they synthesize in an app of CommonJS too, as cdk init makes it, and in a test that requires them", async () => {
  const options = [
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--types",
    "node",
    "--skipLibCheck",
    "--outDir",
    "cjs/out",
  ];
  await inApp("node", ["node_modules/typescript/bin/tsc", ...options, "cjs/app.ts"]);
  expect(await readFile(join(app, "cjs/out/app.js"), "utf8")).toContain('require("eks-cloudmap-sync")');
  await inApp("cdk", ["synth", "--quiet", "--no-notices", "--output", "cdk.out.cjs", "--app", "node cjs/out/app.js"]);
  expect(existsSync(join(app, "cdk.out.cjs/Shop.template.json"))).toBe(true);
});

test.each([
  ["TypeScript 7", "typescript", ".", "nodenext", "nodenext"],
  ["TypeScript 7", "typescript", ".", "esnext", "bundler"],
  ["TypeScript 7", "typescript", "cjs", "nodenext", "nodenext"],
  ["TypeScript 5.9", "typescript-5", ".", "nodenext", "nodenext"],
  ["TypeScript 5.9", "typescript-5", ".", "esnext", "bundler"],
  ["TypeScript 5.9", "typescript-5", "cjs", "nodenext", "nodenext"],
  ["TypeScript 5.9", "typescript-5", "cjs", "commonjs", "node10"],
  ["TypeScript 5.4", "typescript-5.4", ".", "nodenext", "nodenext"],
  ["TypeScript 5.4", "typescript-5.4", ".", "esnext", "bundler"],
  ["TypeScript 5.4", "typescript-5.4", "cjs", "nodenext", "nodenext"],
  ["TypeScript 5.4", "typescript-5.4", "cjs", "commonjs", "node10"],
])("types resolve: %s (%s), in %s: %s, %s", async (_version, typescript, folder, module, resolution) => {
  const options = ["--noEmit", "--strict", "--target", "es2022", "--types", "node"];
  const modules = ["--module", module, "--moduleResolution", resolution];
  const files = [join(folder, "app.ts"), join(folder, "types.ts")];
  const args = [`node_modules/${typescript}/bin/tsc`, ...options, ...modules, ...files];
  await expect(inApp("node", args)).resolves.toMatchObject({ stdout: "" });
});

test("the command line runs", async () => {
  expect((await inApp("eks-cloudmap-sync", ["--help"])).stdout).toContain("Keeps AWS Cloud Map in sync");
  const said = (await inApp("eks-cloudmap-sync", ["--version"])).stdout;
  expect(said).toMatch(/^\S+ \((?:[0-9a-f]{7}(?:-dirty)?|unknown)\)\n$/);
  // Scripts read the first word.
  expect(said.split(" ")[0]).toBe(version);
  await writeFile(join(app, "wrong.yaml"), "cluster: prod\nnamespaces: [shop.local]\npolicy: sink\n");
  await expect(inApp("eks-cloudmap-sync", ["plan", "--config", "wrong.yaml"])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("write sync, upsert-only or dry-run"),
  });
});

test("it brings no other package along, and weighs less than 6 MB", async () => {
  const folder = join(app, "node_modules/eks-cloudmap-sync");
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as object;
  expect(manifest).not.toHaveProperty("dependencies");
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = files.filter((file) => file.isFile()).map((file) => statSync(join(file.parentPath, file.name)).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(6_000_000);
});

test("the licences of what is bundled come along", async () => {
  for (const part of ["functions", "cli", "construct/cjs"]) {
    const notices = join(app, "node_modules/eks-cloudmap-sync/dist", part, "THIRD-PARTY-NOTICES.txt");
    expect(await readFile(notices, "utf8")).toMatch(/^zod \d+\.\d+\.\d+ \(MIT\)\n(\S+ .*\n)*\nMIT License/m);
  }
});

test("a bill of materials names each package that is bundled, with its version, and no other", async () => {
  const sbom = JSON.parse(
    await readFile(join(app, "node_modules/eks-cloudmap-sync/dist/sbom.cdx.json"), "utf8"),
  ) as Sbom;
  expect(sbom).toMatchObject({
    bomFormat: "CycloneDX",
    metadata: { component: { name: "eks-cloudmap-sync", version } },
  });
  const named = sbom.components.map(({ name, version }) => `${name}@${version}`);
  for (const known of [`zod@${devDependencies["zod"]}`, `commander@${devDependencies["commander"]}`])
    expect(named).toContain(known);
  const notices = await Promise.all(["functions", "cli", "construct/cjs"].map(noticedIn));
  expect(named.toSorted()).toEqual([...new Set(notices.flat())].toSorted());
  const hashes = sbom.components.flatMap(({ hashes }) => hashes.map(({ content }) => content));
  expect(hashes.filter((hash) => /^[0-9a-f]{128}$/.test(hash))).toHaveLength(sbom.components.length);
});

test("the manifest for kubectl and the documents come along, sources and tests do not", async () => {
  const folder = join(app, "node_modules/eks-cloudmap-sync");
  expect(existsSync(join(folder, "infra/rbac.yaml"))).toBe(true);
  expect(existsSync(join(folder, "docs/configuration.md"))).toBe(true);
  expect(await readdir(folder)).not.toContain("test");
  expect(await readdir(join(folder, "infra"))).toEqual(["rbac.yaml"]);
});

test("publint finds nothing", async () => {
  const { stdout } = await run("npx", ["publint", "run", packed.tarball, "--strict"]);
  expect(stdout).toContain("All good!");
});

/** `name@version` of each package whose notice stands in a part. */
async function noticedIn(part: string): Promise<readonly string[]> {
  const path = join(app, "node_modules/eks-cloudmap-sync/dist", part, "THIRD-PARTY-NOTICES.txt");
  const text = await readFile(path, "utf8");
  return [...text.matchAll(/^(\S+) (\d+\.\d\S*) \(.+\)$/gm)].map(([, name, version]) => `${name}@${version}`);
}

/** As a script of the app would run it. */
function inApp(program: string, args: readonly string[]) {
  return runIn(app, program, ...args);
}
