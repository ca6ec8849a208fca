import { globSync, readFileSync } from "node:fs";
import { readGuide } from "./guide.ts";

/** A fenced block of a page: a file (its first line is `# name`), commands (no language), or something to look at. */
export type Fenced = {
  readonly page: string;
  readonly line: number;
  readonly language: string | undefined;
  readonly file: string | undefined;
  readonly text: string;
};

/** A command of a fenced block, without its comment; what several lines or `&&` join is one each. */
export type DocumentedCommand = { readonly at: string; readonly text: string };

type Runner = {
  /** Whose commands it runs. */
  readonly runs: RegExp;
  readonly file: string;
  /** Where in that file it can be seen that it does. */
  readonly by: string;
};

/** Who runs what; guides' steps are followed by test/kube/guides.test.ts and test/kube/migrate.test.ts. */
export const RUNNERS = {
  cli: { runs: /^(npm run -s cli --|npx eks-cloudmap-sync) /, file: "test/documented.test.ts", by: "runCli(" },
  aws: { runs: /^aws servicediscovery /, file: "test/wire/documented.test.ts", by: "RUNNERS.aws" },
  stop: { runs: /^(PARAMETER=|aws ssm |jq )/, file: "test/wire/documented.test.ts", by: "RUNNERS.stop" },
  deploy: {
    runs: /^(npx cdk deploy|aws s3 cp|aws cloudformation deploy) /,
    file: "test/package/documented.test.ts",
    by: "RUNNERS.deploy",
  },
  pack: { runs: /^(npm pack|npm i \.\/\S+\.tgz)$/, file: "test/package/packed.ts", by: '"npm", ["pack"' },
  ci: { runs: /^npm ci$/, file: ".ci/run", by: "\nnpm ci " },
  demo: { runs: /^npm run demo$/, file: ".ci/run", by: "npm run demo\n" },
  test: { runs: /^npm test$/, file: ".ci/run", by: "npm test\n" },
} as const satisfies Readonly<Record<string, Runner>>;

/** README first: somebody who begins there has followed it before they open another page. */
export const PAGES = ["README.md", ...globSync("docs/*.md").toSorted()];

export function fencedIn(page: string): readonly Fenced[] {
  const text = readFileSync(page, "utf8");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((match) => {
    const [, language = "", block = ""] = match;
    return {
      page,
      line: text.slice(0, match.index).split("\n").length,
      language: language === "" ? undefined : language,
      file: language === "yaml" ? /^# (\S+)\n/.exec(block)?.[1] : undefined,
      text: block,
    };
  });
}

/** Those of the blocks that are commands, but for guides' steps. */
export function commandsIn(page: string, runner?: Runner): readonly DocumentedCommand[] {
  const steps = new Set(readGuide(page).flatMap(({ blocks }) => blocks.map(({ text }) => text)));
  const all = fencedIn(page)
    .filter(({ language, text }) => language === undefined && !steps.has(text))
    .flatMap(({ line, text }) => splitCommands(text).map((command) => ({ at: `${page}:${line}`, text: command })));
  return runner === undefined ? all : all.filter(({ text }) => runner.runs.test(text));
}

function splitCommands(text: string): readonly string[] {
  return text
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.replace(/\s+# .*$/, ""))
    .flatMap((line) => line.split(" && "))
    .map((command) => command.trim())
    .filter((command) => command !== "");
}
