import { expect, test } from "vitest";
import { deriveKind } from "../../functions/core/kind.ts";
import type { Mapping, Pod, RecordType } from "../../functions/core/model.ts";
import { viewNodes } from "../../functions/core/nodes.ts";
import type { Settings } from "../../functions/core/settings.ts";
import { mapping, NO_NODES, pod, settings } from "../support/builders.ts";
import type { Wanted } from "../support/builders.ts";

/** The kind of a service that has to be created. */

const NODES = viewNodes(NO_NODES);

const DUAL = pod({ ips: ["10.0.0.1", "fd00::1"] });
const V6 = pod({ ip: "fd00::1" });

test.each<[string, Parameters<typeof kindOf>, string[] | undefined]>([
  ["IPv4: A", [[pod()]], ["A"]],
  ["IPv6: AAAA", [[V6]], ["AAAA"]],
  ["dual stack: both", [[DUAL]], ["A", "AAAA"]],
  ["the oldest pod decides", [[pod({ name: "new", createdAt: "2026-11-02T00:00:00Z" }), V6]], ["AAAA"]],
  [
    "a pod that is gone does not",
    [[pod({ name: "old", gone: true, createdAt: "2025-01-01T00:00:00Z" }), V6]],
    ["AAAA"],
  ],
  ["ids with ports: SRV", [[pod()], { ports: [80] }, { id: "ip-port" }], ["SRV"]],
  ["a mapping whose ids have ports, as an export's: SRV", [[pod()], { ports: [80], id: "ip-port" }], ["SRV"]],
  [
    "a mapping whose ids have none, whatever the configuration says: its addresses",
    [[pod()], { ports: [80], id: "ip" }, { id: "ip-port" }],
    ["A"],
  ],
  ["in an HTTP namespace: none", [[pod()], { ports: [80] }, { id: "ip-port" }, true], []],
  ["no pod yet: not known", [[]], undefined],
  ["a pod whose node is not known yet decides nothing", [[pod()], { address: "node", ports: [80] }], undefined],
])("%s", (_, given, expected) => {
  expect(kindOf(...given)).toEqual(expected);
});

test("with custom health where the configuration says so", () => {
  const selections = [{ mapping: mapping(), pods: [pod()] }];
  const customHealth = settings({ services: { ttl: 60, customHealth: true, tags: {} } });
  expect(deriveKind("DNS_PRIVATE", selections, NODES, customHealth)).toEqual({
    records: ["A"],
    health: "custom",
    ttl: 60,
  });
  expect(deriveKind("HTTP", selections, NODES, customHealth)).toMatchObject({ records: [], health: "custom" });
});

function kindOf(
  pods: readonly Pod[],
  one: Wanted<Mapping> = {},
  wanted: Partial<Settings> = {},
  http = false,
): readonly RecordType[] | undefined {
  return deriveKind(http ? "HTTP" : "DNS_PRIVATE", [{ mapping: mapping(one), pods }], NODES, settings(wanted))?.records;
}
