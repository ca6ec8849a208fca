import { expect, test } from "vitest";
import type { CloudMapSyncProps } from "../../infra/props.ts";
import { actionsOf, isAllowed, policyOf } from "./policies.ts";
import { NARROW, synth } from "./stack.ts";

const RECORDS = "route53:ChangeResourceRecordSets";
const CHECKS = ["CreateHealthCheck", "DeleteHealthCheck", "GetHealthCheck", "UpdateHealthCheck"].map(
  (action) => `route53:${action}`,
);
const SHOP = { id: "ns-shop", name: "Shop.local", type: "DNS_PRIVATE", hostedZoneId: "Z0SHOP" } as const;
const NAMED: CloudMapSyncProps = { ...NARROW, namespaces: [SHOP] };
const WIDE: CloudMapSyncProps = { cluster: "prod", configuration: { namespaces: ["shop.local"] } };

test.each<[string, CloudMapSyncProps, readonly string[]]>([
  ["a DNS namespace's are records and health checks", NARROW, [RECORDS, ...CHECKS]],
  ["an HTTP namespace's are health checks alone", { ...NARROW, namespaces: [{ id: "ns-shop", type: "HTTP" }] }, CHECKS],
  [
    "without health checks only records are left",
    { ...NARROW, namespaces: [{ ...SHOP, healthChecks: false }] },
    [RECORDS],
  ],
])("rights in Route 53: %s", (_, props, expected) => {
  const actions = actionsOf(policyOf(synth(props), "scheduled-reconcile"));
  expect(actions.filter((action) => action.startsWith("route53:"))).toEqual(expected.toSorted());
});

test.each<[string, CloudMapSyncProps, string, readonly string[], string, boolean]>([
  ["in the namespace's domain", NAMED, "Z0SHOP", ["web.shop.local"], "A", true],
  ["below a service, as SRV records point to", NAMED, "Z0SHOP", ["10-0-0-1.web.shop.local"], "AAAA", true],
  ["of the domain itself", NAMED, "Z0SHOP", ["shop.local"], "A", false],
  ["of another domain in the zone", NAMED, "Z0SHOP", ["web.shop.local", "www.other.local"], "A", false],
  ["of a type that no instance has", NAMED, "Z0SHOP", ["web.shop.local"], "TXT", false],
  ["in another zone", NAMED, "Z0OTHER", ["web.shop.local"], "A", false],
  ["in any zone where only the name is known", WIDE, "Z0ANY", ["web.shop.local"], "SRV", true],
  ["of another name where only the name is known", WIDE, "Z0ANY", ["www.example.com"], "A", false],
  ["of any name where only the id and the zone are known", NARROW, "Z0SHOP", ["web.shop.local"], "A", true],
])("records %s", async (_, props, zone, names, type, expected) => {
  const policy = policyOf(synth(props), "scheduled-reconcile");
  const context = {
    "route53:ChangeResourceRecordSetsNormalizedRecordNames": names,
    "route53:ChangeResourceRecordSetsRecordTypes": [type],
    "route53:ChangeResourceRecordSetsActions": ["CREATE"],
  };
  const request = { action: RECORDS, resource: `arn:aws:route53:::hostedzone/${zone}`, context };
  expect(await isAllowed(policy, request)).toBe(expected);
});

test("a name is written as Route 53 compares it", () => {
  const odd = { ...SHOP, name: "Team/A_b.shop.local" };
  const policy = policyOf(synth({ ...NARROW, namespaces: [odd] }), "scheduled-reconcile");
  expect(JSON.stringify(policy)).toContain(JSON.stringify(String.raw`*.team\057a_b.shop.local`));
});
