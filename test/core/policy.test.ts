import { describe, expect, test } from "vitest";
import type { Policy } from "../../functions/core/model.ts";
import { lines, plan } from "../support/scene.ts";
import { instance, mapping, pod } from "../support/builders.ts";

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const unready = pod({ name: "web-3", ip: "10.0.0.3", ready: false });
/** One to register, one to repair, one not ready, one gone. */
const everything = {
  pods: [web1, pod({ name: "web-2", ip: "10.0.0.2" }), unready],
  instances: [
    instance({ id: "10.0.0.2", pod: "web-2", attributes: { app: "old" } }),
    instance({ id: "10.0.0.3", pod: "web-3" }),
    instance({ id: "10.0.0.4", pod: "web-4" }),
  ],
};
const SYNC = [
  "register 10.0.0.1 missing",
  "register 10.0.0.2 drifted",
  "deregister 10.0.0.3 pod-not-ready",
  "deregister 10.0.0.4 pod-gone",
];
const UPSERT = [
  "register 10.0.0.1 missing",
  "register 10.0.0.2 drifted",
  "deregister 10.0.0.3 held: policy",
  "deregister 10.0.0.4 held: policy",
];
const DRY = [
  "register 10.0.0.1 held: policy",
  "register 10.0.0.2 held: policy",
  "deregister 10.0.0.3 held: policy",
  "deregister 10.0.0.4 held: policy",
];

test.each<[Policy, Policy | undefined, string[]]>([
  ["sync", undefined, SYNC],
  ["upsert-only", undefined, UPSERT],
  ["dry-run", undefined, DRY],
  ["sync", "upsert-only", UPSERT],
  ["sync", "dry-run", DRY],
  ["upsert-only", "sync", SYNC],
  ["upsert-only", "dry-run", DRY],
  ["dry-run", "sync", DRY],
  ["dry-run", "upsert-only", DRY],
])("%s in total, %s for the mapping", (policy, own, expected) => {
  expect(lines(plan({ ...everything, mappings: [mapping({ policy: own })], settings: { policy } }))).toEqual(expected);
});

test("health is a change as any other, and no removal", () => {
  const wanted = {
    pods: [unready],
    instances: [instance({ id: "10.0.0.3", pod: "web-3" })],
    kind: { health: "custom" },
  } as const;
  expect(lines(plan({ ...wanted, settings: { policy: "upsert-only" } }))).toEqual([
    "set-health 10.0.0.3 pod-not-ready",
  ]);
  expect(lines(plan({ ...wanted, settings: { policy: "dry-run" } }))).toEqual(["set-health 10.0.0.3 held: policy"]);
});

describe("several mappings of one service", () => {
  const careful = mapping({ policy: "upsert-only", origin: { source: "configuration", rank: 0, name: "mappings[0]" } });
  const bold = mapping({ policy: "sync", origin: { source: "configuration", rank: 0, name: "mappings[1]" } });

  test("each decides about its own pods", () => {
    const selections = [
      { mapping: careful, pods: [{ ...unready, key: { namespace: "shop", name: "web-4" }, ips: ["10.0.0.4"] }] },
      { mapping: bold, pods: [web1, unready] },
    ];
    expect(lines(plan({ selections, mappings: [careful, bold], instances: everything.instances.slice(1) }))).toEqual([
      "register 10.0.0.1 missing",
      "deregister 10.0.0.3 pod-not-ready",
      "deregister 10.0.0.4 held: policy",
    ]);
  });

  test.each<[readonly (Policy | undefined)[], string]>([
    [[], "pod-gone"],
    [["sync"], "pod-gone"],
    [["sync", undefined], "pod-gone"],
    [["sync", "upsert-only"], "held: policy"],
    [["upsert-only", "dry-run", "sync"], "held: policy"],
  ])("what is no mapping's pod any more goes as the strictest of %j allows: %s", (policies, expected) => {
    const instances = everything.instances.slice(2);
    const mappings = policies.map((policy, index) =>
      mapping({ policy, origin: { source: "configuration", rank: 0, name: `mappings[${index}]` } }),
    );
    expect(lines(plan({ mappings, instances }))).toEqual([`deregister 10.0.0.4 ${expected}`]);
  });
});

test("orphans go as the configuration's own policy allows", () => {
  const orphan = { mappings: [], instances: everything.instances.slice(2) };
  expect(lines(plan(orphan))).toEqual(["deregister 10.0.0.4 pod-gone"]);
  expect(lines(plan({ ...orphan, settings: { policy: "upsert-only" } }))).toEqual(["deregister 10.0.0.4 held: policy"]);
});
