import { Duration } from "aws-cdk-lib";
import { expect, test } from "vitest";
import type { CloudMapSyncProps } from "../../infra/props.ts";
import { NARROW, synth } from "./stack.ts";

const wrong: readonly (readonly [what: string, props: CloudMapSyncProps, message: string])[] = [
  ["no cluster", { ...NARROW, cluster: " " }, "`cluster` is empty"],
  ["a schedule of seconds", { ...NARROW, schedule: Duration.seconds(30) }, "divide an hour"],
  ["a schedule that drifts over the hour", { ...NARROW, schedule: Duration.minutes(7) }, "divide an hour"],
  ["too little memory", { ...NARROW, memory: 64 }, "`memory` is 64"],
  ["subnets without a VPC", { ...NARROW, vpcSubnets: {} }, "need `vpc`"],
  ["a namespace's name as its id", { ...NARROW, namespaces: [{ id: "shop.local", type: "HTTP" }] }, "write ns-…"],
  [
    "an HTTP namespace with a hosted zone",
    { ...NARROW, namespaces: [{ id: "ns-shop", type: "HTTP", hostedZoneId: "Z0" }] },
    "has no hosted zone",
  ],
  [
    "a namespace that the configuration does not call so",
    { ...NARROW, configuration: { namespaces: ["shop.local"] } },
    "give its `name`",
  ],
  [
    "a namespace by another name than the configuration's",
    {
      ...NARROW,
      configuration: { namespaces: ["shop.local"] },
      namespaces: [{ id: "ns-shop", name: "shopp.local", type: "HTTP" }],
    },
    '`namespaces[0].name` is "shopp.local", but `configuration.namespaces` has shop.local; did you mean shop.local?',
  ],
  [
    "a configuration that can claim nothing",
    { ...NARROW, configuration: { sources: { virtualNodes: false } } },
    "nothing can claim a service; add `mappings`, or switch a source on",
  ],
  [
    "a configuration of another cluster",
    { ...NARROW, configuration: Object.assign({ cluster: "staging" }, NARROW.configuration) },
    '`cluster` is "prod", but `configuration.cluster` is "staging"',
  ],
  ["no service at all", { ...NARROW, services: [] }, "`services` is empty"],
  ["a service by its name", { ...NARROW, services: ["web"] }, "write ARNs like"],
  [
    "a wrong configuration",
    { ...NARROW, configuration: { policy: "sink" as "sync" } },
    "write sync, upsert-only or dry-run",
  ],
  [
    "nodes' addresses under the view policy, which shows no nodes",
    {
      ...NARROW,
      configuration: { mappings: [{ service: "web", pods: { namespace: "shop" }, port: 80, address: "node" }] },
    },
    'set `access: "rbac"`',
  ],
  ["no namespace", { cluster: "prod", configuration: {} }, "at least one Cloud Map namespace"],
  ["an alarm after no passes", { ...NARROW, alarms: { driftPasses: 0 } }, "`alarms.driftPasses` is 0"],
  ["an alarm on what is not told", { ...NARROW, alarms: { largestService: 400 } }, "write 500 to 1000"],
  ["an alarm above the quota", { ...NARROW, alarms: { largestService: 1_001 } }, "write 500 to 1000"],
  ["failures of more passes than are looked back on", { ...NARROW, alarms: { failingPasses: 7 } }, "write at most 6"],
  ["silence shorter than two passes", { ...NARROW, alarms: { silentMinutes: 1 } }, "one missed pass is no silence"],
  [
    "an alarm that looks back for more than a day",
    { ...NARROW, schedule: Duration.hours(1), alarms: { driftPasses: 25 } },
    "more than a day",
  ],
  [
    "a document that is too large for SSM",
    {
      ...NARROW,
      configuration: {
        mappings: Array.from({ length: 200 }, (_, index) => ({ service: `s${index}`, pods: { namespace: "shop" } })),
      },
    },
    "of the 8192 that an SSM parameter holds",
  ],
];

test.each(wrong)("refuses %s", (_what, props, message) => {
  expect(() => synth(props)).toThrow(message);
});

test("tells all mistakes at once", () => {
  const props = { ...NARROW, memory: 1, schedule: Duration.minutes(7), configuration: { policy: "sink" as "sync" } };
  expect(() => synth(props)).toThrow(/divide an hour[\s\S]*`memory` is 1[\s\S]*policy/);
});
