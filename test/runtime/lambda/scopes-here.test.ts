import { expect, test } from "vitest";
import type { Scope } from "../../../functions/core/model.ts";
import type { NodesRead, SourceRead } from "../../../functions/core/ports.ts";
import { scopesHere } from "../../../functions/runtime/lambda/scopes-here.ts";
import { claim, claims, node, nodes } from "../../support/builders.ts";

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
  expect((await scopesHere(scopes, lists({ nodes: answer }))).scopes).toEqual(wanted);
});

test("leaves out namespaces that no mapping draws from, and asks for mappings only because of them", async () => {
  const kubeSystem: Scope = { kind: "namespace", namespace: "kube-system" };
  expect((await scopesHere([SHOP, kubeSystem], lists())).scopes).toEqual([SHOP]);
  expect((await scopesHere([kubeSystem, ALL], lists())).scopes).toEqual([kubeSystem, ALL]);
  const never = { ...lists(), listMappings: () => Promise.reject(new Error("not asked for here")) };
  expect(
    (await scopesHere([HERE, { kind: "service", service: "web", namespace: undefined }], never)).scopes,
  ).toHaveLength(2);
});

test.each<[string, SourceRead]>([
  ["a source cannot be read", { source: "services", rank: 1, state: "failed", error: new Error("503") }],
  [
    "a claim of it is broken",
    {
      source: "services",
      rank: 1,
      state: "read",
      claims: [],
      broken: [
        {
          origin: { source: "services", rank: 1, name: "Service elsewhere/web" },
          from: "elsewhere",
          namespace: undefined,
          service: undefined,
          problem: "malformed",
        },
      ],
    },
  ],
  [
    "an export of it has lost its Service",
    {
      source: "serviceExports",
      rank: 3,
      state: "read",
      claims: [],
      broken: [],
      withdrawn: [{ namespace: "elsewhere", service: "web", from: "elsewhere" }],
    },
  ],
])("keeps a namespace while %s", async (_, source) => {
  const elsewhere: Scope = { kind: "namespace", namespace: "elsewhere" };
  expect((await scopesHere([elsewhere], lists({ sources: [source] }))).scopes).toEqual([elsewhere]);
});

test("asks for nodes once, and only where it matters", async () => {
  let asked = 0;
  const listNodes = () => {
    asked += 1;
    return Promise.resolve(read);
  };
  const some = { ...lists(), listNodes };
  await scopesHere([SHOP], some);
  await scopesHere([ALL, HERE], some);
  expect(asked).toBe(0);
  await scopesHere([HERE, ELSEWHERE, ELSEWHERE], some);
  expect(asked).toBe(1);
});

test("tells why nodes could not be read", async () => {
  const { warning } = await scopesHere([HERE], lists({ nodes: { state: "unreadable", warning: "forbidden" } }));
  expect(warning).toBe("forbidden");
});

function lists({
  nodes: answer = read,
  sources = [claims(claim())],
}: { readonly nodes?: NodesRead; readonly sources?: readonly SourceRead[] } = {}) {
  return { listNodes: () => Promise.resolve(answer), listMappings: () => Promise.resolve(sources) };
}
