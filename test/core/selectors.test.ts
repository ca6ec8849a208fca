import { expect, test } from "vitest";
import { readQuery, readSelector, selectorKeys, selectorLabel } from "../../functions/core/selectors.ts";
import { pod } from "../support/builders.ts";

test.each<[string, string, boolean]>([
  ["n>5", "6", true],
  ["n>5", "5", false],
  ["n<007", "5", true],
  ["n<5", "5", false],
  ["n<5", "6", false],
  ["n>5", "five", false],
  ["n>5", "9223372036854775807", true],
  ["n>5", "9223372036854775808", false],
])("%s of a label %j is %j, as the API server has it", (selector, n, expected) => {
  expect(readSelector(selector)({ n })).toBe(expected);
});

test.each<[string, ReturnType<typeof selectorLabel>]>([
  ["app=web", { key: "app", value: "web" }],
  ["tier!=db,app==web", { key: "app", value: "web" }],
  ["app=", { key: "app", value: "" }],
  ["app in (web)", undefined],
  ["app in (web,api)", undefined],
  ["app", undefined],
  ["!app", undefined],
  ["replicas>3", undefined],
  ["", undefined],
])("the one label that whatever %j selects has: %j", (selector, label) => {
  expect(selectorLabel(selector)).toEqual(label);
});

const LABELS = { app: "web", tier: "front", canary: "" };

test.each<[string, boolean]>([
  ["", true],
  ["  ", true],
  ["app", true],
  ["zone", false],
  ["!app", false],
  ["! app", false],
  ["!zone", true],
  ["app=web", true],
  [" app = web ", true],
  ["app==web", true],
  ["app=api", false],
  ["zone=", false],
  ["canary=", true],
  ["app!=web", false],
  ["app!=api", true],
  ["zone!=", true],
  ["app in (web)", true],
  ["app  in  ( api , web )", true],
  ["app in(web)", true],
  ["app in (webapi)", false],
  ["app in (api,db)", false],
  ["zone in (a)", false],
  ["canary in (,a)", true],
  ["zone in ()", false],
  ["app notin (web)", false],
  ["app notin (api, web)", false],
  ["app notin (api)", true],
  ["zone notin (a)", true],
  ["app=web,tier in (front,back),!zone", true],
  ["app=web,tier in (front,back),zone", false],
  ["app=web , tier!=front", false],
])("%j satisfied by the labels of a pod: %j", (selector, expected) => {
  expect(readSelector(selector)(LABELS)).toBe(expected);
});

test.each([
  "a b",
  "x app in (web)",
  "app in (web) x",
  "a=b=c",
  "(app)",
  "app=web,",
  "a b=c",
  "app=web)",
  "=web",
  "!a b",
])("%j is no selector that an API server takes, and is read as none", (selector) => {
  expect(() => readSelector(selector)).toThrow(/ is no requirement of a label selector$/);
});

test("the keys that a selector asks for, whatever of them it asks", () => {
  expect(selectorKeys("app=web,tier in (a,b),n>3,!zone,x!=y,z notin (q)")).toEqual([
    "app",
    "tier",
    "n",
    "zone",
    "x",
    "z",
  ]);
});

test("a query means pods of its Kubernetes namespace by their labels, and a load balancer by its Service's name", () => {
  const ofPods = readQuery({ namespace: "shop", labelSelector: "app=web" });
  expect(ofPods(pod())).toBe(true);
  expect(ofPods(pod({ namespace: "bank" }))).toBe(false);
  expect(ofPods(pod({ labels: {} }))).toBe(false);
  const balancer = { ...pod(), key: { kind: "Service", namespace: "shop", name: "web" } } as const;
  expect(ofPods(balancer)).toBe(false);
  const ofOne = readQuery({ kind: "Service", namespace: "shop", name: "web", labelSelector: "" });
  expect(ofOne(balancer)).toBe(true);
  expect(ofOne({ ...balancer, key: { ...balancer.key, name: "api" } })).toBe(false);
  expect(ofOne(pod({ name: "web" }))).toBe(false);
});
