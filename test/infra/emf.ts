import type { Sample } from "./cloud-watch.ts";

/** How a line tells CloudWatch which of its members are metrics: its embedded metric format. */
type Directives = {
  readonly CloudWatchMetrics: readonly {
    readonly Namespace: string;
    readonly Dimensions: readonly (readonly string[])[];
    readonly Metrics: readonly { readonly Name: string }[];
  }[];
};

type Document = Readonly<Record<string, unknown>>;

/** The metrics that a function's output holds, as `namespace name dimension=value`. Other lines give none. */
export function metricsIn(output: string): readonly string[] {
  return documentsIn(output).flatMap((document) => valuesOf(document).map(({ metric }) => metric));
}

/** The same with their values, by the scenario and at the minute that the line before them names. */
export function samplesIn(output: string): ReadonlyMap<string, readonly Sample[]> {
  const samples = new Map<string, Sample[]>();
  let [scenario, at] = ["", 0];
  for (const document of documentsIn(output)) {
    if (document["_aws"] === undefined) [scenario, at] = [String(document["scenario"]), Number(document["at"])];
    const known = samples.get(scenario) ?? [];
    samples.set(scenario, known);
    for (const { metric, values } of valuesOf(document)) for (const value of values) known.push({ metric, at, value });
  }
  return samples;
}

function documentsIn(output: string): readonly Document[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Document);
}

function valuesOf(document: Document): readonly { readonly metric: string; readonly values: readonly number[] }[] {
  const { CloudWatchMetrics = [] } = (document["_aws"] ?? {}) as Partial<Directives>;
  return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Metrics.flatMap(({ Name }) =>
      Dimensions.map((names) => ({
        metric: [Namespace, Name, ...names.map((key) => `${key}=${String(document[key])}`)].join(" "),
        values: [document[Name]].flat() as readonly number[],
      })),
    ),
  );
}
