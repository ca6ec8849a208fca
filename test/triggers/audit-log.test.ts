import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { parseAuditLog } from "../../functions/triggers/audit-log.ts";

const READY = { status: { conditions: [] } };

test.each<readonly [string, object, boolean]>([
  ["a pod is created", { verb: "create" }, true],
  ["a pod is deleted", { verb: "delete" }, true],
  ["several pods are deleted", { verb: "deletecollection" }, true],
  ["a pod's labels are patched", { verb: "patch" }, true],
  ["a pod is updated", { verb: "update" }, true],
  ["a pod is read", { verb: "get" }, false],
  ["pods are watched", { verb: "watch" }, false],
  ["a pod is evicted", { verb: "create", subresource: "eviction" }, true],
  ["an eviction is asked about", { verb: "get", subresource: "eviction" }, false],
  ["a pod's log is read", { verb: "create", subresource: "log" }, false],
  ["conditions change", { verb: "patch", subresource: "status", body: READY }, true],
  ["the address changes", { verb: "update", subresource: "status", body: { status: { podIP: "10.0.0.1" } } }, true],
  ["the addresses change", { verb: "patch", subresource: "status", body: { status: { podIPs: [] } } }, true],
  ["the phase changes", { verb: "patch", subresource: "status", body: { status: { phase: "Failed" } } }, true],
  ["a container's state changes", { verb: "patch", subresource: "status", body: { status: { x: 1 } } }, false],
  ["the status changes, and nobody wrote how", { verb: "patch", subresource: "status", body: null }, true],
  ["the status is read", { verb: "get", subresource: "status", body: READY }, false],
  ["a change is refused", { verb: "delete", code: 400 }, false],
  ["a change is made in the end", { verb: "delete", code: 399 }, true],
  ["a change is only announced", { verb: "delete", stage: "RequestReceived" }, false],
  ["a Secret is created", { verb: "create", resource: "secrets" }, false],
  ["pods of another API are created", { verb: "create", apiGroup: "metrics.k8s.io" }, false],
])("an entry in which %s", (_, entry, tells) => {
  expect(parseAuditLog(deliver("DATA_MESSAGE", entryOf(entry)))).toEqual(
    tells ? [{ kind: "namespace", namespace: "shop" }] : [],
  );
});

test("a message of CloudWatch's own says nothing, whatever is in it", () => {
  expect(parseAuditLog(deliver("CONTROL_MESSAGE", entryOf({ verb: "create" })))).toEqual([]);
});

test("a delivery that is larger than the function holds means everything", () => {
  const data = gzipSync(Buffer.alloc(33 * 1024 * 1024, " ")).toString("base64");
  expect(parseAuditLog({ awslogs: { data } })).toEqual([{ kind: "all" }]);
});

test("what is no delivery is refused with what it should have been", () => {
  expect(() => parseAuditLog({ Records: [] })).toThrow("this is no delivery of a CloudWatch Logs subscription");
});

type Entry = {
  readonly verb?: string;
  readonly stage?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly apiGroup?: string;
  readonly code?: number;
  readonly body?: unknown;
};

function entryOf({ verb, stage, resource = "pods", subresource, apiGroup, code, body }: Entry): object {
  const objectRef = { resource, namespace: "shop", subresource, apiGroup };
  const responseStatus = code === undefined ? undefined : { code };
  return { verb, stage, objectRef, responseStatus, requestObject: body };
}

function deliver(messageType: string, entry: object): object {
  const content = JSON.stringify({ messageType, logEvents: [{ message: JSON.stringify(entry) }] });
  return { awslogs: { data: gzipSync(content).toString("base64") } };
}
