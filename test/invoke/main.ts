import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { bodiesIn } from "../emulators/sqs/world.ts";
import type { Deployment } from "../support/deployment.ts";
import type { Invocation, MetricLine } from "../support/lambda.ts";
import { openWalkthroughDeployment } from "../support/walkthrough-deployment.ts";

/** `npm run invoke -- <function> events/<file>.json`: a bundle on a sample, against the emulators with the walkthrough's pods. */

const functions = namesOf("functions/*.ts");
const samples = namesOf("events/*.json").map((name) => `events/${name}.json`);
const [name = "", file = "", ...others] = process.argv.slice(2);
const problem = problemOf();
if (problem === undefined) await invoke(JSON.parse(readFileSync(file, "utf8")));
else {
  console.error(`${problem}\n\nnpm run invoke -- <function> events/<file>.json\n`);
  console.error(`functions:\n  ${functions.join("\n  ")}\nsamples:\n  ${samples.join("\n  ")}`);
  process.exitCode = 1;
}

function problemOf(): string | undefined {
  if (name === "" || file === "" || others.length > 0) return "Write a function and a sample.";
  if (!functions.includes(name)) return `There is no function ${name}.`;
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return undefined;
  } catch (error) {
    return `${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

async function invoke(event: unknown): Promise<void> {
  const deployment = await openWalkthroughDeployment();
  try {
    const lambda = await deployment.start(name);
    print(deployment, await lambda.invoke(event));
  } finally {
    await deployment.close();
  }
}

function print(deployment: Deployment, { answer, error, logs, metrics }: Invocation): void {
  section("log");
  for (const { level, message, timestamp: _, requestId: _id, ...fields } of logs)
    console.log(`${level.padEnd(5)} ${message} ${JSON.stringify(omitted(fields))}`);
  section("metrics");
  for (const line of metrics) console.log(metricsText(line));
  section("calls of AWS");
  for (const { service, operation } of deployment.calls) console.log(`${service} ${operation}`);
  section("waiting in the queue");
  for (const body of bodiesIn(deployment.sqs, deployment.queue)) console.log(JSON.stringify(body));
  section(error === undefined ? "answer" : "failed");
  console.log(error === undefined ? JSON.stringify(answer, null, 2) : `${error.name}: ${error.message}`);
  if (error !== undefined) process.exitCode = 1;
}

function section(title: string): void {
  console.log(`\n== ${title}`);
}

/** What is the same on every line, or is printed elsewhere. */
function omitted({ sampling_rate: _s, xray_trace_id: _x, report: _r, ...rest }: Record<string, unknown>): object {
  return rest;
}

function metricsText({ directives, ...values }: MetricLine): string {
  const dimensions = directives.Dimensions.flat().map((key) => `${key}=${String(values[key])}`);
  const figures = directives.Metrics.map(
    ({ Name, Unit }) => `  ${Name} ${[values[Name]].flat().map(String).join(", ")} ${Unit}`,
  );
  return [`${directives.Namespace} ${dimensions.join(" ")}`, ...figures].join("\n");
}

function namesOf(pattern: string): readonly string[] {
  return globSync(pattern)
    .map((path) => basename(path).replace(/\.\w+$/, ""))
    .toSorted();
}
