/** How a line tells CloudWatch which of its members are metrics: its embedded metric format. */
type Directives = {
  readonly CloudWatchMetrics: readonly {
    readonly Namespace: string;
    readonly Dimensions: readonly (readonly string[])[];
    readonly Metrics: readonly { readonly Name: string }[];
  }[];
};

/** The metrics that a function's output holds, as `namespace name dimension=value`. Other lines give none. */
export function metricsIn(output: string): readonly string[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .flatMap((line) => {
      const document = JSON.parse(line) as Readonly<Record<string, unknown>>;
      const { CloudWatchMetrics = [] } = (document["_aws"] ?? {}) as Partial<Directives>;
      return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
        Metrics.flatMap(({ Name }) =>
          Dimensions.map((names) =>
            [Namespace, Name, ...names.map((key) => `${key}=${String(document[key])}`)].join(" "),
          ),
        ),
      );
    });
}
