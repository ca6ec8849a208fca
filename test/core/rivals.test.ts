import { expect, test } from "vitest";
import type { Mapping } from "../../functions/core/model.ts";
import { lines, plan } from "../support/scene.ts";
import { mapping, pod } from "../support/builders.ts";
import type { Wanted } from "../support/builders.ts";

/** Several mappings of one source that choose one pod. */

const made = (id: "ip" | "ip-port", ...wanted: readonly Wanted<Mapping>[]) =>
  lines(
    plan({
      pods: [pod({ ports: [{ name: "http", number: 8080 }] })],
      mappings: wanted.map((one, index) =>
        mapping({ ...one, origin: { source: "services", rank: 1, name: `Service shop/${index}` } }),
      ),
      settings: { id },
    }),
  );

test("a port each are an instance each, where ids have ports", () => {
  expect(made("ip-port", { ports: [8080] }, { ports: [9090] })).toEqual([
    "register 10.0.0.1:8080 missing",
    "register 10.0.0.1:9090 missing",
  ]);
});

test("a port each are in doubt where ids have none", () => {
  expect(made("ip", { ports: [8080] }, { ports: [9090] })).toEqual([
    "claim Service shop/0, Service shop/1 held: ambiguous",
  ]);
});

test("a port that both have, and one that one of them has, are two instances", () => {
  expect(made("ip-port", { ports: [8080] }, { ports: [8080, 9090] })).toEqual([
    "register 10.0.0.1:8080 missing",
    "register 10.0.0.1:9090 missing",
  ]);
});

test("a port that both have with other attributes is in doubt", () => {
  expect(made("ip-port", { ports: [8080] }, { ports: [8080], attributes: { team: "web" } })).toEqual([
    "claim Service shop/0, Service shop/1 held: ambiguous",
  ]);
});

test("what one of them cannot make of the pod stands in nobody's way", () => {
  expect(made("ip-port", { ports: ["metrics"] }, { ports: ["http"] })).toEqual(["register 10.0.0.1:8080 missing"]);
  expect(made("ip-port", { ports: ["metrics"] }, { ports: ["admin"] })).toEqual(["register 10.0.0.1 held: invalid"]);
});
