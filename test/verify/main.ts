import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { Table } from "console-table-printer";
import { QUESTIONS } from "./questions.ts";
import { PREFIX } from "./stage.ts";
import { verify } from "./verify.ts";
import type { Row } from "./verify.ts";
import { makeVpc } from "./vpc.ts";

const USAGE = `Tries on an AWS account what AWS does not document about Cloud Map, and what is assumed of it.

  npm run verify:aws -- [--vpc ID | --make-vpc] [--less-profile NAME] [--only ID]… [--out FILE] [--yes]

It makes namespaces called ${PREFIX}…, with services and some hundred instances that no machine stands behind, and
removes them again; what a run that was killed has left, the next one removes. That takes some minutes, some thousand
calls and a few cents at most: a hosted zone that is deleted within 12 hours costs nothing.

  --vpc ID             asks about DNS namespaces too; the private hosted zone is associated with this VPC
  --make-vpc           the same with a VPC that is made for it
  --less-profile NAME  an AWS profile with fewer rights, which makes a few calls: one that may do nothing will do
  --only ID            asks this question alone; may be given more than once
  --budget N           calls that finding out a rate may cost (default: 600, which is more than the bursts assumed)
  --out FILE           where the answers go as JSON (default: verified.json); \`settings\` in it are the emulator's options
  --yes                do not ask
Identity, region and endpoint are the SDK's own: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL.
`;

const { values } = parseArgs({
  options: {
    vpc: { type: "string" },
    "make-vpc": { type: "boolean", default: false },
    "less-profile": { type: "string" },
    only: { type: "string", multiple: true },
    budget: { type: "string", default: "600" },
    out: { type: "string", default: "verified.json" },
    yes: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else process.exitCode = await run();

async function run(): Promise<number> {
  const chosen = values.only === undefined ? QUESTIONS : QUESTIONS.filter(({ id }) => values.only?.includes(id));
  if (chosen.length < (values.only?.length ?? 0)) {
    process.stderr.write(`--only takes ${QUESTIONS.map(({ id }) => id).join(", ")}\n`);
    return 1;
  }
  const { signal, stop } = createStop();
  const client = createClient({ maxAttempts: 8 });
  const region = await client.config.region();
  process.stdout.write(USAGE);
  if (!values.yes && !(await isWanted(region))) return 1;
  const less = values["less-profile"] === undefined ? undefined : createClient({ profile: values["less-profile"] });
  const made = values["make-vpc"] ? await makeVpc(region) : undefined;
  try {
    const suffix = randomBytes(4).toString("hex");
    const single = createClient({ maxAttempts: 1 });
    const account = {
      client,
      single,
      less,
      budget: Number(values.budget),
      now: Date.now,
      sleep: (ms: number) => sleep(ms),
      signal,
    };
    const verified = await verify(account, { suffix, vpc: values.vpc ?? made?.id, questions: chosen, say });
    writeFileSync(values.out, `${JSON.stringify({ region, ...verified }, null, 2)}\n`);
    process.stdout.write(`${render(verified.rows)}\n${values.out} has the same as JSON.\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${signal.aborted ? "interrupted; nothing is left behind" : String(error)}\n`);
    return 1;
  } finally {
    await made?.remove();
    stop();
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function createClient(settings: { readonly maxAttempts?: number; readonly profile?: string }): ServiceDiscoveryClient {
  // An endpoint of one's own has no host `data-…`.
  const isOwn = process.env["AWS_ENDPOINT_URL"] ?? process.env["AWS_ENDPOINT_URL_SERVICEDISCOVERY"];
  return new ServiceDiscoveryClient({ disableHostPrefix: isOwn !== undefined, ...settings });
}

async function isWanted(region: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question(
    `Go on in ${region} with ${process.env["AWS_PROFILE"] ?? "the default identity"}? Write yes: `,
  );
  lines.close();
  return answer.trim() === "yes";
}

/** The first signal ends the questions, and what was made is removed; a second one ends the process. */
function createStop() {
  const controller = new AbortController();
  const end = () => {
    if (controller.signal.aborted) process.exit(1);
    process.stderr.write("removing what was made; once more to leave it\n");
    controller.abort();
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, end);
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, end);
    },
  };
}

function render(rows: readonly Row[]): string {
  const table = new Table({
    columns: [
      { name: "assumption", alignment: "left", maxLen: 40 },
      { name: "seen", alignment: "left", maxLen: 50 },
      { name: "consequence", alignment: "left", maxLen: 30 },
    ],
  });
  for (const { assumption, seen, consequence } of rows) table.addRow({ assumption, seen, consequence });
  return table.render();
}
