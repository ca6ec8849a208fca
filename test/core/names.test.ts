import { expect, test } from "vitest";
import { byText, holderName, podName, queryKey, titleOf } from "../../functions/core/model.ts";
import { isNamespaceArn, mayBeNamespaceId } from "../../functions/core/namespace-names.ts";
import { parseServiceScope } from "../../functions/core/scopes.ts";
import { namespace, service } from "../support/builders.ts";

/** How things are called, for people and for programs. */

test.each([
  ["web", { kind: "service", service: "web", namespace: undefined }],
  ["shop.local/web", { kind: "service", service: "web", namespace: "shop.local" }],
  [`${namespace().arn}/web`, { kind: "service", service: "web", namespace: namespace().arn }],
])("%s names a service", (text, scope) => {
  expect(parseServiceScope(text)).toEqual(scope);
});

test.each([
  ["ns-abc123", false, true],
  ["ns-", false, false],
  ["ns-Prod", false, false],
  ["my-ns-prod", false, false],
  [namespace().arn, true, false],
  ["shop.local/arn:", false, false],
])("%s is an ARN (%s), and may be an id (%s)", (asked, isArn, mayBeId) => {
  expect([isNamespaceArn(asked), mayBeNamespaceId(asked)]).toEqual([isArn, mayBeId]);
});

test("pods and Services are told apart by their names, and a service says where it is", () => {
  const key = { namespace: "shop", name: "web" };
  expect([podName(key), holderName(key)]).toEqual(["shop/web", "pod shop/web"]);
  const ofService = { ...key, kind: "Service" } as const;
  expect([podName(ofService), holderName(ofService)]).toEqual(["Service shop/web", "Service shop/web"]);
  expect(titleOf(service())).toBe("shop.local/web");
});

test("queries are the same where they ask for the same", () => {
  const query = { namespace: "shop", labelSelector: "app=web" };
  expect(queryKey(query)).toBe(queryKey({ ...query }));
  expect(queryKey({ ...query, name: "web-1" })).not.toBe(queryKey(query));
});

test("texts are in the order of their code points", () => {
  expect(["b", "B", "a", "ä", "a"].toSorted(byText)).toEqual(["B", "a", "a", "b", "ä"]);
  expect(byText("a", "a")).toBe(0);
});
