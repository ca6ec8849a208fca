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
    .map(metricText);
}

/** A metric of a template, as `namespace name dimension=value`. */
export function metricText({ Namespace, MetricName, Dimensions = [] }: Metric): string {
  return [Namespace, MetricName, ...Dimensions.map(({ Name, Value }) => `${Name}=${deployed(Value)}`)].join(" ");
}

/** What a value is once it is deployed by stack.ts: the stack's name is the only thing that is not known before. */
export function deployed(value: unknown): string {
  if (typeof value === "string") return value;
  const join = (value as { readonly "Fn::Join"?: readonly [string, readonly unknown[]] })["Fn::Join"];
  if (join !== undefined) return join[1].map(deployed).join(join[0]);
  return (value as { readonly Ref?: string }).Ref === "AWS::StackName" ? "Test" : "?";
}
