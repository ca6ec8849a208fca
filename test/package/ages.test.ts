import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { install, MANIFEST, pack, pinned, runIn } from "./packed.ts";

/** What an app of `cdk init` has at its oldest and its newest; the oldest CDK is the least that the package asks for. */
const AGES = {
  oldest: {
    devDependencies: { jest: "29.7.0", "ts-jest": "29.4.15", "@types/jest": "29.5.14", typescript: "5.4.5" },
    dependencies: { "aws-cdk-lib": least("aws-cdk-lib"), constructs: least("constructs") },
    transform: "ts-jest",
    modules: ["commonjs", "nodenext"],
    types: ["node", "jest"],
  },
  newest: {
    devDependencies: { jest: "30.5.2", "@swc/jest": "0.2.39", "@swc/core": "1.16.22", ...pinned("typescript") },
    dependencies: pinned("aws-cdk-lib", "constructs"),
    transform: "@swc/jest",
    modules: ["nodenext"],
    types: ["node"],
  },
} as const;

const COMPILER = { target: "ES2022", lib: ["es2022"], strict: true, skipLibCheck: true };
const BY_SUBMODULE = `
import { App, Stack } from "aws-cdk-lib/core";
import { CloudMapSync } from "eks-cloudmap-sync";
new CloudMapSync(new Stack(new App(), "Shop"), "Sync", { cluster: "prod", configuration: { namespaces: ["shop.local"] } });
`;
const STACK = `
import { Stack, StackProps } from "aws-cdk-lib";
import { Construct } from "constructs";
import { CloudMapSync } from "eks-cloudmap-sync";

export class ShopStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    for (const cluster of ["blue", "green"])
      new CloudMapSync(this, cluster, { cluster, watch: true, configuration: { namespaces: ["shop.local"] } });
  }
}
`;
const TEST = `
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { ShopStack } from "../lib/shop-stack";

test("two clusters are kept in sync", () => {
  const template = Template.fromStack(new ShopStack(new App(), "Shop"));
  template.resourceCountIs("AWS::SSM::Parameter", 4);
});
`;
const APP = `
import { App } from "aws-cdk-lib";
import { ShopStack } from "./lib/shop-stack";

const app = new App({ analyticsReporting: false, outdir: "cdk.out" });
new ShopStack(app, "Shop");
app.synth();
`;
const MISTAKE = `
const { App, Stack } = require("aws-cdk-lib");
const { CloudMapSync } = require("eks-cloudmap-sync");
new CloudMapSync(new Stack(new App(), "Shop"), "Sync", { cluster: "prod", configuration: {} });
`;

let packed: Awaited<ReturnType<typeof pack>>;
beforeAll(async () => {
  packed = await pack();
});
afterAll(() => packed.remove());

describe.each(["oldest", "newest"] as const)("in a fresh app of cdk init, with the %s of everything,", (age) => {
  const { devDependencies, dependencies, transform, modules, types } = AGES[age];
  let folder = "";

  beforeAll(async () => {
    folder = join(packed.root, age);
    const jest = { testEnvironment: "node", roots: ["<rootDir>/test"], transform: { "^.+\\.tsx?$": transform } };
    const manifest = {
      private: true,
      dependencies: { ...dependencies, "eks-cloudmap-sync": `file:${packed.tarball}` },
      devDependencies: { ...devDependencies, ...pinned("@types/node", "node") },
      allowScripts: { node: true },
      jest,
    };
    const manual = await readFile("docs/deploy.md", "utf8");
    const [, documented = ""] = /^A unit test of a stack .*?```ts\n(.*?)```/ms.exec(manual) ?? [];
    const files = {
      "package.json": JSON.stringify(manifest),
      "app.ts": APP,
      "by-submodule.ts": BY_SUBMODULE,
      "mistake.cjs": MISTAKE,
      "lib/shop-stack.ts": STACK,
      "test/shop.test.ts": TEST,
      "test/documented.test.ts": documented,
    };
    for (const part of ["lib", "test"]) await mkdir(join(folder, part), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await install(folder);
  });

  test.each(modules)("two of it, and the documented unit test, pass in jest: module %s", async (module) => {
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...COMPILER, types, module } }));
    const { stderr } = await runIn(folder, "node", "node_modules/jest/bin/jest.js", "--ci", "--runInBand");
    expect(stderr).toContain("Tests:       2 passed, 2 total");
  });

  test.each(modules)("it compiles and synthesizes: module %s", async (module) => {
    const options = { ...COMPILER, types, module, outDir: module };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["app.ts"] }));
    await runIn(folder, "node", "node_modules/typescript/bin/tsc");
    await runIn(folder, "node", `${module}/app.js`);
    const assets = (await readdir(join(folder, "cdk.out"))).filter((name) => name.startsWith("asset."));
    const template = await readFile(join(folder, "cdk.out/Shop.template.json"), "utf8");
    expect(assets.filter((name) => existsSync(join(folder, "cdk.out", name, "watch.mjs")))).toHaveLength(1);
    expect(template.match(/"nodejs24\.x"/g)).toHaveLength(8);
  });

  /** A third of them are CDK's core. */
  test("its types ask for no more than 1,000 files of CDK", async () => {
    const tsconfig = {
      compilerOptions: { ...COMPILER, types, module: "nodenext", noEmit: true, listFiles: true },
      files: ["by-submodule.ts"],
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
    const { stdout } = await runIn(folder, "node", "node_modules/typescript/bin/tsc");
    const read = stdout.split("\n").filter((path) => path.includes("/aws-cdk-lib/"));
    expect(read.length).toBeGreaterThan(100);
    expect(read.length).toBeLessThan(1_000);
  });

  test("a mistake is told after a line that can be read", async () => {
    const { stderr } = await runIn(folder, "node", "mistake.cjs").catch(
      (failure: { readonly stderr: string }) => failure,
    );
    expect(stderr).toContain("no Cloud Map namespace is named");
    expect(Math.max(...stderr.split("\n").map((line) => line.length))).toBeLessThan(250);
  });
});

/** The version at which a peer's range begins. */
function least(name: string): string {
  return (MANIFEST.peerDependencies[name] ?? "").replace("^", "");
}
