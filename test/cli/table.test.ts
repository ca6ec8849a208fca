import { expect, test } from "vitest";
import { renderTable } from "../../functions/cli/table.ts";

const COLUMNS = [{ head: "service" }, { head: "desired" }, { head: "held" }, { head: "state", isText: true }];
const ROWS = [
  ["howto-k8s-cloudmap.pvt.aws.local/colorapp", 2, 0, "in sync"],
  ["shop.local/web", 10, 3, "held"],
];

test("aligns names on the left and numbers on the right, whole where there is room", () => {
  expect(renderTable(COLUMNS, ROWS, 80).split("\n")).toEqual([
    "service                                    desired  held  state",
    "howto-k8s-cloudmap.pvt.aws.local/colorapp        2     0  in sync",
    "shop.local/web                                  10     3  held",
  ]);
});

test("cuts names where the terminal is narrow", () => {
  expect(renderTable(COLUMNS, ROWS, 50).split("\n")).toEqual([
    "service                     desired  held  state",
    "howto-k8…ws.local/colorapp        2     0  in sync",
    "shop.local/web                   10     3  held",
  ]);
});

test("makes rows lists where names would be cut too short", () => {
  expect(renderTable(COLUMNS, ROWS, 40)).toBe(
    "howto-k8s-cloudmap.pvt.aws.local/colorapp:\n    desired 2, state in sync\nshop.local/web: desired 10, held 3,\n    state held",
  );
});
