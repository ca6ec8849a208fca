import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { InputError } from "../../functions/core/errors.ts";
import type { Scope } from "../../functions/core/model.ts";
import { parseAuditLog } from "../../functions/triggers/audit-log.ts";
import { parseMessage, scopeMessage } from "../../functions/triggers/queue-message.ts";
import { parseCaller, parseResync } from "../../functions/triggers/resync.ts";
import { isSweep, parseScheduledTime } from "../../functions/triggers/schedule.ts";

const NODE: Scope = { kind: "node", node: "i-0123456789abcdef0" };
const NAMESPACE: Scope = { kind: "namespace", namespace: "howto-k8s-cloudmap" };

test.each<[string, readonly Scope[]]>([
  ["queue-ec2-state-change", [NODE]],
  ["queue-ec2-spot-interruption", [NODE]],
  ["queue-autoscaling-terminate", [NODE]],
  ["queue-eks-fargate-termination", [NAMESPACE]],
  ["queue-eks-cloudtrail", [{ kind: "all" }]],
  ["queue-eks-other-cluster", []],
  [
    "queue-scopes",
    [NAMESPACE, { kind: "service", service: "colorapp", namespace: "howto-k8s-cloudmap.pvt.aws.local" }],
  ],
])("%s says where to look", (name, scopes) => {
  expect(bodiesOf(name).flatMap((body) => parseMessage(body, "prod").scopes)).toEqual(scopes);
});

test("an instance that comes brings pods that tell of themselves", () => {
  const [body = ""] = bodiesOf("queue-ec2-state-change");
  expect(parseMessage(body.replace("shutting-down", "running"), "prod").scopes).toEqual([]);
});

test("a call through CloudTrail that failed, or that changes nothing, costs nothing", () => {
  const [body = ""] = bodiesOf("queue-eks-cloudtrail");
  expect(
    parseMessage(body.replace('"eventSource"', '"errorCode": "AccessDenied", "eventSource"'), "prod").scopes,
  ).toEqual([]);
  expect(parseMessage(body.replace("DeleteNodegroup", "DescribeNodegroup"), "prod").scopes).toEqual([]);
});

test("a message that nobody understands is refused, and the others of its batch are not", () => {
  const read = bodiesOf("queue-mixed-with-poison").map((body) => {
    try {
      return parseMessage(body, "prod").scopes;
    } catch (error) {
      return error instanceof InputError ? "refused" : error;
    }
  });
  expect(read).toEqual([[NAMESPACE], "refused", [NODE], "refused"]);
});

test("an event of a known type in an unknown shape is refused, not taken for nothing", () => {
  const [body = ""] = bodiesOf("queue-ec2-state-change");
  expect(() => parseMessage(body.replace('"instance-id"', '"instanceId"'), "prod")).toThrow(InputError);
});

test("a scope comes through the queue as it went in", () => {
  const scopes: readonly Scope[] = [
    { kind: "all" },
    NAMESPACE,
    NODE,
    { kind: "service", service: "web", namespace: undefined },
  ];
  expect(scopes.flatMap((scope) => parseMessage(scopeMessage(scope), "prod").scopes)).toEqual(scopes);
});

test.each<[string, readonly string[]]>([
  ["audit-log-pod-ready", ["howto-k8s-cloudmap"]],
  ["audit-log-pod-changes", ["drained", "howto-k8s-cloudmap", "shop"]],
  ["audit-log-truncated", ["metadata-level", "truncated"]],
  ["audit-log-control", []],
  ["audit-log-noise", []],
])("%s names the namespaces whose pods changed, each once", (name, namespaces) => {
  expect(parseAuditLog(sample(name))).toEqual(namespaces.map((namespace) => ({ kind: "namespace", namespace })));
});

const PATCH = {
  stage: "ResponseComplete",
  requestURI: "/api/v1/namespaces/shop/pods/web-1/status?fieldManager=kubelet",
  verb: "patch",
  userAgent: '"verb":"get"',
  objectRef: { resource: "pods", namespace: "shop", name: "web-1", subresource: "status" },
};

test.each<[string, string, readonly string[]]>([
  ["without its object", JSON.stringify({ ...PATCH, objectRef: undefined }), ["shop"]],
  ["whose object has lost its namespace", JSON.stringify({ ...PATCH, objectRef: { resource: "pods" } }), ["shop"]],
  ["cut off in the middle", JSON.stringify(PATCH).slice(0, -60), ["shop"]],
  ["of a read, cut off", JSON.stringify({ ...PATCH, verb: "get" }).slice(0, -60), []],
  [
    "of another kind",
    JSON.stringify({ ...PATCH, requestURI: "/api/v1/namespaces/shop/secrets/pods" }).slice(0, -60),
    [],
  ],
  ["cut off before its URI", JSON.stringify(PATCH).slice(0, 40), []],
])("a truncated entry %s gives the namespace that its URI names, if it is a pod's", (_, message, namespaces) => {
  const payload = gzipSync(JSON.stringify({ messageType: "DATA_MESSAGE", logEvents: [{ message }] }));
  const scopes = parseAuditLog({ awslogs: { data: payload.toString("base64") } });
  expect(scopes).toEqual(namespaces.map((namespace) => ({ kind: "namespace", namespace })));
});

test("a delivery that cannot be unpacked is refused", () => {
  expect(() => parseAuditLog({ awslogs: { data: "AAAA" } })).toThrow(InputError);
});

test.each([
  [
    "resync-service-dry-run",
    {
      scope: { kind: "service", service: "colorapp", namespace: "howto-k8s-cloudmap.pvt.aws.local" },
      dryRun: true,
      force: false,
    },
  ],
  ["resync-all-force", { scope: { kind: "all" }, dryRun: false, force: true }],
])("%s is what a person asks for", (name, wanted) => {
  expect(parseResync(sample(name))).toEqual(wanted);
});

test("a wrong payload is answered with a sentence that names every mistake", () => {
  expect(() => parseResync(sample("resync-wrong"))).toThrow(/^nothing was changed: .*scope: write one of .*dryrun/);
});

test.each<readonly [unknown, Scope]>([
  [{ scope: { namespace: "shop" } }, { kind: "namespace", namespace: "shop" }],
  [{ scope: { node: "i-1" } }, { kind: "node", node: "i-1" }],
  [{ scope: { service: "web" } }, { kind: "service", service: "web", namespace: undefined }],
  [null, { kind: "all" }],
])("a resync of %j", (payload, scope) => {
  expect(parseResync(payload)).toEqual({ scope, dryRun: false, force: false });
});

test.each<readonly [unknown, string]>([
  ["web", 'nothing was changed: the payload is wrong: payload: write an object like {"scope"'],
  [{ scope: { service: "" } }, "the payload is wrong: scope.service: write a name, of at most 1152 characters"],
  [
    { service: "web", dryrun: true },
    'there is no key "service" or "dryrun", only scope, dryRun and force; write an object like {"scope": {"service"',
  ],
  [{ dryRun: 1, force: 1 }, "dryRun: write true or false; force: write true or false"],
])("a payload of %j is answered with where it is wrong", (payload, says) => {
  expect(() => parseResync(payload)).toThrow(says);
});

test.each<readonly [unknown, string | undefined]>([
  [{ caller: "ann" }, "ann"],
  [{ custom: { caller: "ann" } }, "ann"],
  [{ caller: "" }, undefined],
  [undefined, undefined],
])("who asks, by a client context of %j", (context, caller) => {
  expect(parseCaller(context)).toBe(caller);
});

test.each([
  ["no JSON", "{", "the message is neither an EventBridge event of a known shape nor a scope"],
  ["no event", "{}", "the message is neither an EventBridge event nor a scope"],
])("a message that is %s is refused as such", (_, body, says) => {
  expect(() => parseMessage(body, "prod")).toThrow(new InputError(says));
});

test("the schedule's own time decides about the sweep, however late the event arrives", () => {
  expect(isSweep(parseScheduledTime(sample("schedule")), 10)).toBe(false);
  expect(isSweep(parseScheduledTime(sample("schedule-sweep")), 10)).toBe(true);
  expect(() => parseScheduledTime({})).toThrow(/needs its time/);
});

function sample(name: string): unknown {
  return JSON.parse(readFileSync(`events/${name}.json`, "utf8"));
}

function bodiesOf(name: string): readonly string[] {
  const { Records } = sample(name) as { readonly Records: readonly { readonly body: string }[] };
  return Records.map(({ body }) => body);
}
