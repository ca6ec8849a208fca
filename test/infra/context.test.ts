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
  [{ cluster: "prod", config: "none.yaml" }, "the configuration none.yaml cannot be read"],
])("%o is answered with a sentence", (context, sentence) => {
  expect(() => propsOf(context)).toThrow(sentence);
});

test("a mistyped key of the context is refused with the nearest, CDK's own are not", () => {
  const context = { cluster: "prod", "@aws-cdk/core:x": true, "cli-telemetry": false, "aws:cdk:y": 1 };
  expect(() => refuseUnknownKeys(context)).not.toThrow();
  const mistyped = { ...context, wacth: "true", namespaces: "shop.local", colour: "red" };
  expect(() => refuseUnknownKeys(mistyped)).toThrow(
    /^-c wacth=… means nothing here; did you mean watch\?\n.*did you mean namespace\?\n-c colour=….* the keys are cluster, /,
  );
});

test("the template takes the same options, and no others", () => {
  expect(optionsFromArguments(["watch=true", "services=arn:a,arn:b"])).toMatchObject({
    watch: true,
    services: ["arn:a", "arn:b"],
  });
  expect(() => optionsFromArguments(["cluster=prod"])).toThrow("unknown: cluster; the options are schedule,");
});
