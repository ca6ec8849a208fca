import { expect, test } from "vitest";
import { serviceObject } from "../emulators/kubernetes/workloads.ts";
import { setUpCli } from "../support/cli.ts";

const NAME = "a1b2c3-1234.eu-west-1.elb.amazonaws.com";
const DOCUMENT = "cluster: prod\nowner: me\nnamespaces: [shop.local]\nsources: { services: true }\n";
const annotations = { "eks-cloudmap-sync/service": "web", "eks-cloudmap-sync/address": "load-balancer" };
const edge = { name: "edge", namespace: "shop", annotations, type: "LoadBalancer" } as const;

test("every command says the Service where it says a pod elsewhere", async () => {
  const { run, kubernetes } = await setUpCli({ document: DOCUMENT });
  kubernetes.put(serviceObject(edge));
  expect((await run("doctor")).out).toMatch(/warning {2}Service shop\/edge: has no load balancer yet/);
  kubernetes.put(serviceObject({ ...edge, ingress: [{ hostname: NAME }] }));
  const plan = await run("plan");
  expect(plan.out).toContain(`+ register ${NAME} (Service shop/edge): its load balancer is there`);
  const apply = JSON.parse((await run("apply", "-o", "json")).out) as unknown;
  expect(apply).toMatchObject({
    services: [{ changes: [{ id: NAME, pod: null, kubernetesService: "shop/edge" }] }],
    ok: true,
  });
  expect((await run("status", "--wide")).out).toMatch(new RegExp(`${NAME} +Service shop/edge `));
  const explained = await run("explain", "shop/edge");
  expect(explained.out).toContain(`Service shop/edge at ${NAME}`);
  expect(explained.out).toContain("Service shop/edge chooses it for web");
  expect(explained.out).toContain("of Service shop/edge, registered by me");
  kubernetes.put(
    serviceObject({ name: "edge", namespace: "shop", type: "LoadBalancer", ingress: [{ hostname: NAME }] }),
  );
  expect((await run("plan")).out).toMatch(
    /! held \(guard\): remove .* \(Service shop\/edge\): its Service lives on, but nothing names this service any more/,
  );
});
