import { globSync, readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { parseAuditLog } from "../../functions/triggers/audit-log.ts";
import { parseFilterPattern } from "./filter-pattern.ts";
import { NARROW, synth } from "./stack.ts";

const [subscription] = Object.values(
  synth({ ...NARROW, auditLog: true }).findResources("AWS::Logs::SubscriptionFilter"),
);
const pattern = String(subscription?.Properties.FilterPattern);
const passes = parseFilterPattern(pattern);

/** An entry that lets audit-log ask for a pass, by its verb and its subresource. */
const entry = (verb: string, objectRef: object = {}, more: object = {}) => ({
  kind: "Event",
  stage: "ResponseComplete",
  verb,
  objectRef: { resource: "pods", namespace: "shop", name: "web", apiVersion: "v1", ...objectRef },
  responseStatus: { code: 200 },
  ...more,
});

test("every line of the samples that asks for a pass comes through", () => {
  const lines = globSync("events/audit-log-*.json").flatMap(linesOf);
  const asking = lines.filter(asksForPass);
  expect(asking.length).toBeGreaterThan(3);
  expect(asking.filter((line) => !passes(line))).toEqual([]);
});

test.each([
  ["a pod is created", entry("create")],
  ["a pod is deleted", entry("delete")],
  ["pods are deleted together", entry("deletecollection")],
  ["a pod is evicted", entry("create", { subresource: "eviction" })],
  [
    "a pod's status is patched",
    entry("patch", { subresource: "status" }, { requestObject: { status: { phase: "Running" } } }),
  ],
  ["a pod's labels change", entry("patch")],
  [
    "a truncated line's URI is a pod's",
    { ...entry("patch"), objectRef: undefined, requestURI: "/api/v1/namespaces/shop/pods/web/status" },
  ],
])("%s: it comes through, and asks for a pass", (_what, line) => {
  expect(passes(line)).toBe(true);
  expect(asksForPass(line)).toBe(true);
});

test.each([
  ["a lease is renewed", entry("update", { resource: "leases" })],
  ["pods are listed", entry("list")],
  ["pods are watched", entry("watch", {}, { stage: "ResponseStarted" })],
  ["a request is received", entry("create", {}, { stage: "RequestReceived" })],
  ["a pod is bound to a node", entry("create", { subresource: "binding" })],
  ["somebody looks into a pod", entry("create", { subresource: "exec" })],
  ["a node's status is patched", entry("patch", { resource: "nodes", subresource: "status" })],
])("%s: it is left out before it costs anything", (_what, line) => {
  expect(passes(line)).toBe(false);
  expect(asksForPass(line)).toBe(false);
});

test("the pattern is within CloudWatch's limit of 1,024 characters", () => {
  expect(pattern.length).toBeLessThanOrEqual(1024);
});

function asksForPass(line: object): boolean {
  const delivery = {
    messageType: "DATA_MESSAGE",
    logEvents: [{ id: "1", timestamp: 0, message: JSON.stringify(line) }],
  };
  return parseAuditLog({ awslogs: { data: gzipSync(JSON.stringify(delivery)).toString("base64") } }).length > 0;
}

/** The audit log's lines in a sample of a delivery. */
function linesOf(path: string): readonly object[] {
  const { awslogs } = JSON.parse(readFileSync(path, "utf8")) as { readonly awslogs: { readonly data: string } };
  const delivery = JSON.parse(gunzipSync(Buffer.from(awslogs.data, "base64")).toString("utf8")) as {
    readonly logEvents: readonly { readonly message: string }[];
  };
  return delivery.logEvents.flatMap(({ message }) => (message.startsWith("{") ? [JSON.parse(message) as object] : []));
}
