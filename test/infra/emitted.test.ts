import { onTestFinished, expect, test } from "vitest";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { podObject, serviceObject } from "../emulators/kubernetes/workloads.ts";
import { openDeployment } from "../support/deployment.ts";
import type { Deployment } from "../support/deployment.ts";
import { alarmedMetrics } from "./alarmed.ts";
import { metricsIn } from "./emf.ts";
import { NARROW, OWNER, REGION, synth } from "./stack.ts";

test("the bundle writes every metric that an alarm watches, with the alarm's dimensions", async () => {
  const deployment = await openBadDay();
  const lambda = await deployment.start("scheduled-reconcile", { DEPLOYMENT: "Test/Sync" });
  const event = { time: "2026-11-24T14:10:00Z" };
  const bad = await lambda.invoke(event);
  deployment.configure({ namespaces: ["shop.local"], policy: "dry-run" });
  deployment.advance(61_000);
  const dry = await lambda.invoke(event);
  const written = metricsIn(`${bad.output}\n${dry.output}`);
  const alarmed = alarmedMetrics(synth(NARROW));
  expect(alarmed.length).toBeGreaterThan(6);
  expect(alarmed.filter((metric) => !written.includes(metric))).toEqual([]);
});

/** A pass in which something is held for each reason that has an alarm, a service is large, and AWS asks to slow down. */
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
        { service: "large", pods: { namespace: "large" }, policy: "upsert-only" },
        { service: "refused", pods: { namespace: "refused" } },
      ],
    },
    cloudMap: {
      fault: ({ operation, count, input }) => {
        if (operation !== "RegisterInstance") return undefined;
        if (count === 1) return { error: "ThrottlingException", message: "Rate exceeded", status: 400 };
        if (input["InstanceId"] === "10.0.6.1") return { error: "InvalidInput", message: "no", status: 400 };
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
    ["large", "10.0.5.1"],
    ["refused", "10.0.6.1"],
  ] as const)
    kubernetes.put(podObject({ namespace: name, name: "pod-1", ip }));
  kubernetes.put(
    serviceObject({ namespace: "claims", name: "web", annotations: { "eks-cloudmap-sync/service": "other" } }),
  );
  seed("taken", "10.0.1.1");
  seed("mistaken", "10.0.3.1", ours("mistaken"));
  seed("mesh", "10.0.4.1", { ...ours("mesh"), "appmesh.k8s.aws/mesh": "m", "appmesh.k8s.aws/virtualNode": "vn" });
  const large = seedService(cloudMap, namespace, { name: "large" });
  for (let n = 0; n < 500; n += 1)
    seedInstance(cloudMap, large, `10.1.${Math.floor(n / 250)}.${n % 250}`, ours("large"));
  return deployment;
}

function ours(pods: string): Readonly<Record<string, string>> {
  return { "k8s.io/namespace": pods, "k8s.io/pod": "pod-1", "eks-cloudmap-sync/owner": OWNER };
}
