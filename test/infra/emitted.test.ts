import { onTestFinished, expect, test } from "vitest";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { podObject, serviceObject } from "../emulators/kubernetes/workloads.ts";
import { openDeployment } from "../support/deployment.ts";
import type { Deployment } from "../support/deployment.ts";
import { NARROW, OWNER, REGION, synth } from "./stack.ts";

type Metric = {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
};
type Alarm = Metric & { readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: Metric } }[] };

test("the bundle writes every metric that an alarm watches, with the alarm's dimensions", async () => {
  const deployment = await openBadDay();
  const lambda = await deployment.start("scheduled-reconcile");
  const { metrics } = await lambda.invoke({ time: "2026-11-24T14:10:00Z" });
  const written = metrics.flatMap(({ directives, ...values }) =>
    directives.Metrics.map(({ Name }) => {
      const [dimensions = []] = directives.Dimensions;
      return [directives.Namespace, Name, ...dimensions.map((key) => `${key}=${String(values[key])}`)].join(" ");
    }),
  );
  expect(watched().length).toBeGreaterThan(8);
  expect(watched().filter((metric) => !written.includes(metric))).toEqual([]);
});

/** Ours, as `namespace name dimension=value`; AWS writes the others. */
function watched(): readonly string[] {
  const alarms = Object.values(synth(NARROW).findResources("AWS::CloudWatch::Alarm")) as {
    readonly Properties: Alarm;
  }[];
  return alarms
    .flatMap(
      ({ Properties }) => Properties.Metrics?.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []) ?? Properties,
    )
    .filter(({ Namespace }) => !Namespace.startsWith("AWS/"))
    .map(({ Namespace, MetricName, Dimensions = [] }) =>
      [Namespace, MetricName, ...Dimensions.map(({ Name, Value }) => `${Name}=${Value}`)].join(" "),
    );
}

/** A pass in which something is held for each reason that has an alarm, and AWS asks to slow down. */
async function openBadDay(): Promise<Deployment> {
  const deployment = await openDeployment({
    region: REGION,
    configuration: {
      namespaces: ["shop.local"],
      sources: { services: true },
      allow: [{ from: "nobody", services: ["nothing"] }],
      mappings: [
        { service: "taken", pods: { namespace: "taken" } },
        { service: "full", pods: { namespace: "full" } },
        { service: "mistaken", pods: { namespace: "mistaken", selector: "app=mistake" } },
        { service: "mesh", pods: { namespace: "mesh", selector: "app=other" } },
      ],
    },
    cloudMap: {
      fault: ({ operation, count, input }) => {
        if (operation !== "RegisterInstance") return undefined;
        if (count === 1) return { error: "ThrottlingException", message: "Rate exceeded", status: 400 };
        const isFull = String(input["InstanceId"]) === "10.0.2.1";
        return isFull ? { error: "ResourceLimitExceeded", message: "full", status: 400 } : undefined;
      },
    },
  });
  onTestFinished(() => deployment.close());
  const { cloudMap, kubernetes, namespace } = deployment;
  const seed = (name: string, ip: string, attributes: Readonly<Record<string, string>> = {}) =>
    seedInstance(cloudMap, seedService(cloudMap, namespace, { name }), ip, { AWS_INSTANCE_IPV4: ip, ...attributes });
  for (const [name, ip] of [
    ["taken", "10.0.1.1"],
    ["full", "10.0.2.1"],
    ["mistaken", "10.0.3.1"],
    ["mesh", "10.0.4.1"],
  ] as const)
    kubernetes.put(podObject({ namespace: name, name: "pod-1", ip }));
  kubernetes.put(
    serviceObject({ namespace: "claims", name: "web", annotations: { "eks-cloudmap-sync/service": "other" } }),
  );
  seed("taken", "10.0.1.1");
  seed("mistaken", "10.0.3.1", ours("mistaken"));
  seed("mesh", "10.0.4.1", { ...ours("mesh"), "appmesh.k8s.aws/mesh": "m", "appmesh.k8s.aws/virtualNode": "vn" });
  return deployment;
}

function ours(pods: string): Readonly<Record<string, string>> {
  return { "k8s.io/namespace": pods, "k8s.io/pod": "pod-1", "eks-cloudmap-sync/owner": OWNER };
}
