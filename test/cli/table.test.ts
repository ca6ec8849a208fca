import { expect, test } from "vitest";
import { renderServiceTable } from "../../functions/cli/service-table.ts";
import { renderTable } from "../../functions/cli/table.ts";

const COLUMNS = [{ head: "service" }, { head: "desired" }, { head: "held" }, { head: "state", isText: true }];
const ROWS = [
  ["a-service-with-a-long-name-that-some-would-not-write", 2, 0, "in sync"],
  ["web", 10, 3, "held"],
];

test("aligns names on the left and numbers on the right, whole where there is room", () => {
  const whole = [
    "service                                               desired  held  state",
    "a-service-with-a-long-name-that-some-would-not-write        2     0  in sync",
    "web                                                        10     3  held",
  ];
  expect(renderTable(COLUMNS, ROWS, 80).split("\n")).toEqual(whole);
  expect(renderTable(COLUMNS, ROWS, undefined).split("\n")).toEqual(whole);
});

test("cuts names where the terminal is narrow", () => {
  expect(renderTable(COLUMNS, ROWS, 50).split("\n")).toEqual([
    "service                     desired  held  state",
    "a-service-wit…ld-not-write        2     0  in sync",
    "web                              10     3  held",
  ]);
});

test("makes rows lists where names would be cut too short, or look alike", () => {
  expect(renderTable(COLUMNS, ROWS, 35)).toBe(
    "a-service-with-a-long-name-that-some-would-not-write:\n    desired 2, state in sync\nweb: desired 10, held 3, state held",
  );
  const alike = ["blue", "gray"].map((colour) => [`the-payments-of-all-${colour}-customers-we-have`, 1, 0, "in sync"]);
  expect(renderTable(COLUMNS, alike, 50)).toBe(
    "the-payments-of-all-blue-customers-we-have:\n    desired 1, state in sync\nthe-payments-of-all-gray-customers-we-have:\n    desired 1, state in sync",
  );
});

const SHOP = "howto-k8s-cloudmap.pvt.aws.local";
const COLORAPP = serviceRow(SHOP, "colorapp", 2, 0, "in sync");
const FRONT = serviceRow(SHOP, "front", 1, 0, "in sync");

test("says a namespace that all services share once, above them", () => {
  expect(renderServiceTable(COLUMNS, [COLORAPP, FRONT], 60).split("\n")).toEqual([
    "namespace howto-k8s-cloudmap.pvt.aws.local",
    "service   desired  held  state",
    "colorapp        2     0  in sync",
    "front           1     0  in sync",
  ]);
});

test("says each of several namespaces in its services' names, or above them where they would be cut", () => {
  const rows = [COLORAPP, FRONT, serviceRow("shop.local", "web", 10, 3, "held")];
  expect(renderServiceTable(COLUMNS, rows, 80).split("\n")).toEqual([
    "service                                    desired  held  state",
    "howto-k8s-cloudmap.pvt.aws.local/colorapp        2     0  in sync",
    "howto-k8s-cloudmap.pvt.aws.local/front           1     0  in sync",
    "shop.local/web                                  10     3  held",
  ]);
  expect(renderServiceTable(COLUMNS, rows, 60).split("\n")).toEqual([
    "service     desired  held  state",
    "namespace howto-k8s-cloudmap.pvt.aws.local",
    "  colorapp        2     0  in sync",
    "  front           1     0  in sync",
    "namespace shop.local",
    "  web            10     3  held",
  ]);
});

test("claims that name no namespace have none above them", () => {
  expect(renderServiceTable(COLUMNS, [serviceRow("", "web", 0, 1, "held")], 60)).toBe(
    "service  desired  held  state\nweb            0     1  held",
  );
});

function serviceRow(namespace: string, service: string, ...cells: readonly (string | number)[]) {
  return { service: { namespace, service }, cells };
}
