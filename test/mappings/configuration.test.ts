import { expect, test } from "vitest";
import { asksForNodes, configurationClaims } from "../../functions/mappings/configuration.ts";
import { pod, settings } from "../support/builders.ts";

test("what a mapping says of its own comes with it, and what it leaves out of its labels from the document", () => {
  const [own, bare] = configurationClaims(
    settings({
      labels: { include: ["app"], exclude: ["tier"] },
      mappings: [
        {
          service: "api",
          pods: { namespace: "shop" },
          attributes: {},
          id: "ip-port",
          labels: { exclude: [] },
          ttl: 10,
          customHealth: false,
        },
        { service: "web", pods: { namespace: "shop" }, attributes: {} },
      ],
    }),
  );
  expect(own).toMatchObject({
    id: "ip-port",
    labels: { include: ["app"], exclude: [] },
    creation: { ttl: 10, customHealth: false },
  });
  expect(bare).toMatchObject({
    id: undefined,
    labels: undefined,
    creation: { ttl: undefined, customHealth: undefined },
  });
});

test("a mapping is claimed as it is written, in its place", () => {
  const [first, second] = configurationClaims(
    settings({
      mappings: [
        { service: "api", pods: { namespace: "shop" }, attributes: {} },
        {
          service: "web",
          namespace: "ns-1",
          pods: { namespace: "shop", selector: "app in (web, www)" },
          port: "http",
          attributes: { team: "color" },
          policy: "dry-run",
        },
      ],
    }),
  );
  expect(first).toMatchObject({
    origin: { source: "configuration", rank: 0, name: "mappings[0]" },
    namespace: undefined,
    service: "api",
    from: undefined,
    pods: { namespace: "shop", labelSelector: "" },
    ports: [],
    policy: undefined,
  });
  expect(second).toMatchObject({
    origin: { name: "mappings[1]" },
    namespace: "ns-1",
    service: "web",
    pods: { namespace: "shop", labelSelector: "app in (web, www)" },
    ports: [{ target: "http", protocol: undefined }],
    attributes: { team: "color" },
    coreAttributes: {},
    unready: "hide",
    policy: "dry-run",
  });
  expect(second?.chooses(pod({ labels: {} }))).toBe(true);
});

test.each([
  ["the document asks for their addresses", "node", [undefined], true],
  ["one of its mappings does", "pod", ["pod", "node"], true],
  ["none of its mappings does", "pod", ["pod", undefined], false],
  ["there are no mappings", "pod", [], false],
] as const)("whether nodes have to be read where %s", (_, address, ofMappings, expected) => {
  const mappings = ofMappings.map((one) => ({
    service: "web",
    pods: { namespace: "shop" },
    attributes: {},
    ...(one && { address: one }),
  }));
  expect(asksForNodes({ address, mappings })).toBe(expected);
});
