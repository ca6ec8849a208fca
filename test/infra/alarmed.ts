import type { Template } from "aws-cdk-lib/assertions";

type Metric = {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
};

/** The metrics that a template's alarms watch and AWS does not write itself, as `namespace name dimension=value`. */
export function alarmedMetrics(template: Template): readonly string[] {
  return Object.values(template.findResources("AWS::CloudWatch::Alarm"))
    .map(({ Properties }) => Properties as Metric)
    .filter(({ Namespace }) => !Namespace.startsWith("AWS/"))
    .map(({ Namespace, MetricName, Dimensions = [] }) =>
      [Namespace, MetricName, ...Dimensions.map(({ Name, Value }) => `${Name}=${String(Value)}`)].join(" "),
    );
}
