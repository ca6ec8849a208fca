import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duration } from "aws-cdk-lib";
import { expect, onTestFinished, test } from "vitest";
import { optionsFromArguments, propsFromContext, refuseUnknownKeys } from "../../infra/context.ts";

const propsOf = (context: Readonly<Record<string, unknown>>) => propsFromContext((key) => context[key]);

test("a cluster and a namespace suffice", () => {
  expect(propsOf({ cluster: "prod", namespace: "shop.local, front.local" })).toMatchObject({
    cluster: "prod",
    configuration: { namespaces: ["shop.local", "front.local"] },
    schedule: Duration.minutes(1),
    watch: false,
    auditLog: false,
    access: "view-policy",
  });
});

test("values of cdk.json count as those of the command line do", () => {
  const given = { cluster: "prod", namespace: "shop.local", watch: true, schedule: 5, services: "tagged" };
  expect(propsOf(given)).toMatchObject({ watch: true, schedule: Duration.minutes(5), services: "tagged" });
});

test("a document is stored as it is written, without its cluster", () => {
  const folder = mkdtempSync(join(tmpdir(), "context-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = join(folder, "sync.yaml");
  writeFileSync(config, "cluster: prod\nnamespaces: [shop.local]\npolicy: dry-run\n");
  const { cluster, configuration } = propsOf({ config });
  expect(cluster).toBe("prod");
  expect(configuration).toEqual({ namespaces: ["shop.local"], policy: "dry-run" });
  expect(() => propsOf({ config, cluster: "staging" })).toThrow('has `cluster: "prod"`; make them the same');
});

test.each([
  [{}, "no cluster: -c cluster=NAME"],
  [{ cluster: "prod" }, "no Cloud Map namespace: -c namespace=NAME"],
  [{ cluster: "prod", namespace: "shop.local", watch: "yes" }, "watch=yes: write true or false"],
  [{ cluster: "prod", namespace: "shop.local", schedule: "fast" }, "schedule=fast: write whole minutes"],
  [{ cluster: "prod", namespace: "shop.local", access: "admin" }, "access=admin: write view-policy or rbac"],
  [{ cluster: "prod", namespaces: "shop.local" }, "a name alone belongs into the configuration, or to -c namespace"],
  [{ cluster: "prod", config: "none.yaml" }, "the configuration none.yaml cannot be read"],
])("%o is answered with a sentence", (context, sentence) => {
  expect(() => propsOf(context)).toThrow(sentence);
});

test("a mistyped key of the context is refused with the nearest, CDK's own are not", () => {
  const context = { cluster: "prod", "@aws-cdk/core:x": true, "cli-telemetry": false, "aws:cdk:y": 1 };
  expect(() => refuseUnknownKeys(context)).not.toThrow();
  const mistyped = { ...context, wacth: "true", namespce: "shop.local", colour: "red" };
  expect(() => refuseUnknownKeys(mistyped)).toThrow(
    /^-c wacth=… means nothing here; did you mean watch\?\n.*did you mean namespace\?\n-c colour=….* the keys are cluster, /,
  );
});

test("the template takes the same options, and no others", () => {
  expect(optionsFromArguments(["watch=true", "services=arn:a,arn:b"])).toMatchObject({
    watch: true,
    services: ["arn:a", "arn:b"],
  });
});

test.each([
  ["cluster=prod", "cluster: is the template's parameter ClusterName"],
  ["wacth=true", "wacth: there is no such option; did you mean watch?"],
  ["colour=red", "colour: there is no such option; there are schedule,"],
  ["vpc=vpc-1", "write vpc=true; the VPC's id is the template's parameter Vpc"],
  ["services=tag", "services=tag: write tagged, or the services' ARNs"],
  ["namespaces=shop.local", "namespaces=shop.local: write its name, id, type and hosted zone"],
  ["namespaces=shop.local/ns-shop/DNS_PRIVATE", "write its name, id, type and hosted zone"],
])("the template answers %s with a sentence", (argument, sentence) => {
  expect(() => optionsFromArguments([argument])).toThrow(sentence);
});

test("namespaces that are written with name, id, type and zone end the rights", () => {
  const namespaces = "shop.local/ns-shop/DNS_PRIVATE/Z0SHOP, front/ns-front/HTTP";
  expect(optionsFromArguments([`namespaces=${namespaces}`]).namespaces).toEqual([
    { id: "ns-shop", name: "shop.local", type: "DNS_PRIVATE", hostedZoneId: "Z0SHOP" },
    { id: "ns-front", name: "front", type: "HTTP" },
  ]);
});
