import { expect, test } from "vitest";
import type { Scope } from "../../../functions/core/model.ts";
import type { NodesRead } from "../../../functions/core/ports.ts";
import { scopesHere } from "../../../functions/runtime/lambda/scopes-here.ts";
import { node, nodes } from "../../support/builders.ts";

const ALL: Scope = { kind: "all" };
const SHOP: Scope = { kind: "namespace", namespace: "shop" };
const HERE: Scope = { kind: "node", node: "i-here" };
const BY_NAME: Scope = { kind: "node", node: "node-1" };
const ELSEWHERE: Scope = { kind: "node", node: "i-elsewhere" };
const read = nodes(node({ instanceId: "i-here" }), node({ name: "fargate-1" }));

test.each<[string, readonly Scope[], NodesRead, readonly Scope[]]>([
  ["keeps machines that are nodes here, by either name", [HERE, BY_NAME], read, [HERE, BY_NAME]],
  ["leaves out those of others, and keeps the rest", [ELSEWHERE, SHOP, HERE], read, [SHOP, HERE]],
  ["leaves all machines out where nodes cannot be read", [HERE, SHOP], { state: "unreadable", warning: "no" }, [SHOP]],
  ["leaves all machines out where nodes are not asked for", [HERE], { state: "off" }, []],
])("%s", async (_, scopes, answer, wanted) => {
  expect((await scopesHere(scopes, () => Promise.resolve(answer))).scopes).toEqual(wanted);
});

test("asks for nodes once, and only where it matters", async () => {
  let asked = 0;
  const listNodes = () => {
    asked += 1;
    return Promise.resolve(read);
  };
  await scopesHere([SHOP], listNodes);
  await scopesHere([ALL, HERE], listNodes);
  expect(asked).toBe(0);
  await scopesHere([HERE, ELSEWHERE, ELSEWHERE], listNodes);
  expect(asked).toBe(1);
});

test("tells why nodes could not be read", async () => {
  const { warning } = await scopesHere([HERE], () => Promise.resolve({ state: "unreadable", warning: "forbidden" }));
  expect(warning).toBe("forbidden");
});
