import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startMoto } from "../support/moto.ts";
import { commandsIn, fencedIn, PAGES, RUNNERS } from "../support/documented.ts";
import { missingProgram } from "../support/programs.ts";

const run = promisify(execFile);
const missing =
  missingProgram("aws", "pip install awscli") ?? missingProgram("moto_server", "pip install 'moto[server]==5.2.5'");
if (missing !== undefined) console.log(missing);

const commands = PAGES.flatMap((page) => commandsIn(page, RUNNERS.deploy)).map(({ text }) => text);
/** What CloudFormation takes of a template that is not in a bucket, in bytes. */
const LARGEST_TEMPLATE = 51_200;
/** The repository as somebody has it who has followed the README so far. */
let clone = "";

beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), "documented-"));
  const { stdout } = await run("git", ["ls-files", "-z"]);
  for (const file of stdout.split("\0").filter((name) => name !== "")) await cp(file, join(clone, file));
  await symlink(resolve("node_modules"), join(clone, "node_modules"));
  for (const { file, text } of fencedIn("README.md")) if (file !== undefined) await writeFile(join(clone, file), text);
  await run("npm", ["run", "template"], { cwd: clone });
});
afterAll(() => rm(clone, { recursive: true, force: true }));

test.each(commands.filter((text) => text.startsWith("npx cdk deploy ")))(
  "%s: as far as AWS, it synthesizes",
  async (text) => {
    const [program = "", ...words] = text.replace(" deploy ", " synth --quiet --no-notices ").split(" ");
    await run(program, words, { cwd: clone });
    expect((await readdir(join(clone, "cdk.out"))).filter((name) => name.endsWith(".template.json"))).toHaveLength(1);
  },
);

test.skipIf(missing !== undefined).each(commands.filter((text) => text.startsWith("aws s3 cp ")))(
  "%s: the bucket has the zip file",
  async (text) => {
    const moto = await startMoto();
    try {
      const env = {
        ...process.env,
        AWS_ENDPOINT_URL: moto.url,
        AWS_DEFAULT_REGION: "us-west-2",
        AWS_ACCESS_KEY_ID: "demo",
        AWS_SECRET_ACCESS_KEY: "demo",
      };
      const shell = (command: string) =>
        run("bash", ["-c", command.replaceAll("BUCKET", "bucket")], { cwd: clone, env });
      await shell("aws s3 mb s3://BUCKET");
      await shell(text);
      expect((await shell("aws s3 ls s3://BUCKET --recursive")).stdout).toMatch(
        / eks-cloudmap-sync\/functions-\w+\.zip\n$/,
      );
    } finally {
      moto.stop();
    }
  },
);

test.each(commands.filter((text) => text.startsWith("aws cloudformation deploy ")))(
  "%s: the template is small enough, and has these parameters",
  async (text) => {
    const [, file = ""] = /--template-file (\S+)/.exec(text) ?? [];
    const template = JSON.parse(await readFile(join(clone, file), "utf8")) as {
      readonly Parameters: Readonly<Record<string, { readonly Default?: unknown }>>;
    };
    expect((await stat(join(clone, file))).size).toBeLessThanOrEqual(LARGEST_TEMPLATE);
    const [, overrides = ""] = text.split("--parameter-overrides ");
    const given = [...overrides.matchAll(/(?:^|[ '])(\w+)=/g)].map(([, name = ""]) => name);
    const needed = Object.entries(template.Parameters).filter(([, parameter]) => !("Default" in parameter));
    expect(Object.keys(template.Parameters)).toEqual(expect.arrayContaining(given));
    expect(given).toEqual(expect.arrayContaining(needed.map(([name]) => name)));
  },
);
