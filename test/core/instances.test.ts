import { expect, test } from "vitest";
import { isAt, isExternalDns, isPlaceOf } from "../../functions/core/instances.ts";
import type { Attributes } from "../../functions/core/model.ts";
import { instance, pod } from "../support/builders.ts";

/** Where an instance is, and how external-dns registers one. */

const IPV4 = "AWS_INSTANCE_IPV4";
const CNAME = "AWS_INSTANCE_CNAME";
const NAME = "web.example.com";
const LONG = `${"a".repeat(60)}.example.com`;
const LONGEST = "a".repeat(64);
const SHA = "0123456789abcdef".repeat(4);

test.each<[string, string, Attributes, boolean]>([
  ["an address under its own name", "10.0.0.1", { [IPV4]: "10.0.0.1" }, true],
  ["a name in other letters", NAME, { [CNAME]: "Web.example.com" }, true],
  ["an initial health beside it", "10.0.0.1", { [IPV4]: "10.0.0.1", AWS_INIT_HEALTH_STATUS: "HEALTHY" }, true],
  ["a name that is too long for an id, under its SHA-256", SHA, { [CNAME]: LONG }, true],
  ["a name that just fits, under a SHA-256", SHA, { [CNAME]: LONGEST }, false],
  ["a long name under more than a SHA-256", `${SHA}0`, { [CNAME]: LONG }, false],
  ["a long name under what only ends with a SHA-256", `x${SHA}`, { [CNAME]: LONG }, false],
  ["a long name under another id", "web", { [CNAME]: LONG }, false],
  ["an address under another id", "web", { [IPV4]: "10.0.0.1" }, false],
  ["anything beside the address", "10.0.0.1", { [IPV4]: "10.0.0.1", app: "web" }, false],
  ["two addresses", "10.0.0.1", { [IPV4]: "10.0.0.1", AWS_INSTANCE_IPV6: "fd00::1" }, false],
  ["no address", "web", { app: "web" }, false],
])("an instance of %s: external-dns's or not", (_, id, attributes, expected) => {
  expect(isExternalDns({ id, attributes, health: undefined })).toBe(expected);
});

test("an instance of both families is where one of its addresses is", () => {
  const both = instance({ attributes: { AWS_INSTANCE_IPV6: "fd00::1" } });
  expect(isAt(both, ["fd00::1"])).toBe(true);
  expect(isAt(both, ["10.0.0.2"])).toBe(false);
});

test("an instance at a node's address is where its pod runs on that node, whatever the pod's own address", () => {
  const onNode = instance({ id: "192.168.0.1", attributes: { "k8s.io/node": "node-1" } });
  expect(isPlaceOf(onNode, pod({ node: "node-1", ip: "10.0.0.9" }))).toBe(true);
  expect(isPlaceOf(onNode, pod({ node: "node-2", ip: "192.168.0.1" }))).toBe(false);
});
