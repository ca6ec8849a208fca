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
    '`namespaces[0].name` is "shopp.local", but `configuration.namespaces` has shop.local; make the two the same',
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
  ["a service by its name", { ...NARROW, services: ["web"] }, 'services of CDK, or "tagged" in place of the list'],
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
  [
    "no namespace",
    { cluster: "prod", configuration: {} },
    'write `configuration: { namespaces: ["shop.local"] }`, or give the prop `namespaces`',
  ],
  ["an empty list of namespaces", { cluster: "prod", configuration: { namespaces: [] } }, "at least one Cloud Map"],
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

/** As JavaScript may write them, or `any`. */
const untyped: readonly (readonly [what: string, props: object, message: string])[] = [
  [
    "a namespace without an id",
    { namespaces: [{ name: "shop.local", type: "HTTP" }] },
    "`namespaces[0].id` is missing; write ns-…",
  ],
  ["a namespace by its name alone", { namespaces: ["shop.local"] }, '`namespaces[0]` is "shop.local"; write { id:'],
  ["one namespace where a list belongs", { namespaces: {} }, "`namespaces` is an object; write a list of namespaces"],
  [
    "a mistyped type",
    { namespaces: [{ id: "ns-shop", type: "DNS_PRIVAT" }] },
    '`namespaces[0].type` is "DNS_PRIVAT"; write "DNS_PRIVATE", "DNS_PUBLIC" or "HTTP"',
  ],
  ["no cluster at all", { cluster: undefined }, "`cluster` is missing; write the EKS cluster, or its name"],
  [
    "a cluster's ARN",
    { cluster: "arn:aws:eks:eu-west-1:111122223333:cluster/prod" },
    '`cluster` is an ARN; write the cluster\'s name: "prod"',
  ],
  [
    "a file in place of what is in it",
    { configuration: "sync.yaml" },
    '`configuration` is "sync.yaml"; write the configuration itself; where that is a file, `...CloudMapSync.propsFromFile("sync.yaml")`',
  ],
  ["no configuration", { configuration: undefined }, "`configuration` is missing"],
  ["a service's construct without an ARN", { services: [{}] }, "`services[0]` is an object; write a service's ARN"],
  ["a mistyped word", { services: "taged" }, '`services` is "taged"; write "tagged", or a list of ARNs'],
  ["half a word", { access: "view" }, '`access` is "view"; write "view-policy" or "rbac"'],
  ["a topic's ARN", { alarmTopic: "arn:aws:sns:eu-west-1:111122223333:x" }, "write a topic, e.g. Topic.fromTopicArn("],
  ["a mistyped prop", { alarmtopic: {} }, "`alarmtopic`: there is no such prop; did you mean alarmTopic?"],
  ["two letters that changed places", { wacth: true }, "`wacth`: there is no such prop; did you mean watch?"],
  ["a mistyped right", { rights: { ownr: "x" } }, "`rights.ownr`: there is no such prop; did you mean owner?"],
  [
    "a key of the configuration, one level too high",
    { policy: "dry-run" },
    "`policy` belongs to the configuration; write `configuration: { policy: … }`",
  ],
];

test.each(untyped)("refuses %s", (_what, props, message) => {
  expect(() => synth(Object.assign({}, NARROW, props))).toThrow(message);
});

test("tells mistakes of types together with all others, and nothing that only follows from them", () => {
  const props = Object.assign({}, NARROW, {
    memory: 1,
    cluster: undefined,
    namespaces: ["shop.local"],
    access: "view",
  });
  expect(() => synth(props)).toThrow(
    /^CloudMapSync: `cluster` is missing.*\n`namespaces\[0\]` is.*\n`access` is.*\n`memory` is 1.*$/,
  );
});
