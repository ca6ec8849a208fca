import { expect, test } from "vitest";
import { deriveDesired } from "../../functions/core/desired.ts";
import { viewNodes } from "../../functions/core/nodes.ts";
import type { InstanceId, Mapping, Protocol, ServiceKind } from "../../functions/core/model.ts";
import type { Settings } from "../../functions/core/settings.ts";
import { mapping, NO_NODES, pod, settings } from "../support/builders.ts";
import type { Wanted } from "../support/builders.ts";

/** Which ports a pod has of those that a mapping names, and what instances are called by them. */

test("a port that a pod lacks is left out, as EndpointSlices leave it out", () => {
  const one = pod({ ports: [{ name: "http", number: 8080 }] });
  const { endpoints, invalid } = derive({ pods: [one], ports: ["metrics", "http"] });
  expect(endpoints.map(({ core }) => core["AWS_INSTANCE_PORT"])).toEqual(["8080"]);
  expect(invalid).toEqual([]);
});

test("a pod that has none of the ports is invalid, and they are named", () => {
  const { endpoints, invalid } = derive({ pods: [pod()], ports: ["metrics", "http"] });
  expect(endpoints).toEqual([]);
  expect(invalid).toMatchObject([{ problem: expect.stringMatching(/no container port named metrics or http;/) }]);
});

test("of two container ports of one name the protocol says which", () => {
  const one = pod({
    ports: [
      { name: "dns", number: 53, protocol: "UDP" },
      { name: "dns", number: 5353, protocol: "TCP" },
    ],
  });
  const portOf = (protocol: Protocol | undefined) =>
    derive({ pods: [one], ports: [{ target: "dns", protocol, attributes: {} }] }).endpoints[0]?.core[
      "AWS_INSTANCE_PORT"
    ];
  expect([portOf("TCP"), portOf("UDP"), portOf(undefined)]).toEqual(["5353", "53", "53"]);
});

test("a mapping's own ids count before the configuration's", () => {
  expect(idsOf({ ports: [80, 81], id: "ip-port" }, "ip")).toEqual(["10.0.0.1:80", "10.0.0.1:81"]);
  expect(idsOf({ ports: [80, 81], id: "ip" }, "ip-port")).toEqual(["10.0.0.1"]);
});

test("one number over two protocols is one instance, or one each where the tool tells the two apart", () => {
  const protocols = ["TCP", "UDP"] as const;
  const alike = protocols.map((protocol) => ({ target: 53, protocol, attributes: {} }));
  const apart = protocols.map((protocol) => ({ target: 53, protocol, attributes: { SERVICE_PROTOCOL: protocol } }));
  expect(idsOf({ ports: alike }, "ip-port")).toEqual(["10.0.0.1:53"]);
  expect(idsOf({ ports: apart }, "ip-port")).toEqual(["10.0.0.1:53", "10.0.0.1:53:udp"]);
});

test("an id with a port in SRV records has dashes only", () => {
  const kind: ServiceKind = { records: ["SRV"], health: "none" };
  expect(derive({ pods: [pod()], kind, ports: [80], settings: { id: "ip-port" } }).endpoints[0]?.id).toBe(
    "10.0.0.1-80",
  );
});

function idsOf(one: Wanted<Mapping>, id: InstanceId): readonly string[] {
  return derive({ pods: [pod()], mappings: [mapping(one)], settings: { id } }).endpoints.map((endpoint) => endpoint.id);
}

function derive(wanted: {
  readonly pods: readonly ReturnType<typeof pod>[];
  readonly kind?: ServiceKind;
  readonly ports?: Wanted<Mapping>["ports"];
  readonly mappings?: readonly Mapping[];
  readonly settings?: Partial<Settings>;
}) {
  const { pods, kind = { records: ["A"], health: "none" }, ports = [], mappings = [mapping({ ports })] } = wanted;
  const selections = mappings.map((one) => ({ mapping: one, pods }));
  return deriveDesired(kind, selections, viewNodes(NO_NODES), settings(wanted.settings));
}
