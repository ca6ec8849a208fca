import { globSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { test } from "@fast-check/vitest";
import * as fc from "fast-check";
import { expect } from "vitest";
import { InputError } from "../../functions/core/errors.ts";
import { parseAuditLog } from "../../functions/triggers/audit-log.ts";
import { parseBatch } from "../../functions/triggers/batch.ts";
import { parseCaller, parseResync } from "../../functions/triggers/resync.ts";
import { parseScheduledTime } from "../../functions/triggers/schedule.ts";
import { json, mutated, outcome, RUNS, text } from "./hostile.ts";

const SAMPLES = globSync("events/*.json").map((path) => JSON.parse(readFileSync(path, "utf8")) as object);
const bodies = SAMPLES.flatMap((sample) =>
  "Records" in sample ? (sample.Records as readonly { readonly body: string }[]).map(({ body }) => body) : [],
).flatMap((body) =>
  outcome(
    (): unknown => JSON.parse(body),
    () => true,
  ),
);
/** The longest that a name in a scope is: of a service, with its namespace's ARN. */
const LONGEST = 1_200;
const isInputError = (error: Error) => error instanceof InputError;

const events = fc.oneof(json, fc.constantFrom(...SAMPLES).chain(mutated));

test.prop([events], RUNS)("any event is understood, or refused in a short message, by every function", (event) => {
  for (const read of [
    () => parseBatch(event, "prod").messages.flatMap(({ scopes }) => scopes),
    () => [parseResync(event).scope],
    () => parseAuditLog(event),
    () => parseScheduledTime(event),
    () => parseCaller(event) ?? "",
  ]) {
    const read1 = outcome<unknown>(read, isInputError);
    if (read1 instanceof Error) expect(read1.message.length).toBeLessThan(LONGEST);
    for (const scope of Array.isArray(read1) ? read1 : [])
      expect(JSON.stringify(scope).length).toBeLessThan(6 * LONGEST);
  }
});

test.prop(
  [
    fc.array(
      fc.oneof(
        text,
        json.map((one) => JSON.stringify(one)),
        fc
          .constantFrom(...bodies)
          .chain(mutated)
          .map((one) => JSON.stringify(one) ?? ""),
      ),
    ),
  ],
  RUNS,
)("of a batch each message is understood or refused by itself", (contents) => {
  const Records = contents.map((body, n) => ({ messageId: String(n), body }));
  const { messages, refused } = parseBatch({ Records }, "prod");
  expect(messages.length + refused.length).toBe(contents.length);
  for (const { error } of refused) expect(error.message.length).toBeLessThan(LONGEST);
  for (const { scopes } of messages) expect(JSON.stringify(scopes).length).toBeLessThan(6 * LONGEST);
});

const ENTRY = {
  verb: "patch",
  stage: "ResponseComplete",
  requestURI: "/api/v1/namespaces/shop/pods/web-1/status",
  objectRef: { resource: "pods", namespace: "shop", subresource: "status", apiGroup: "" },
  responseStatus: { code: 200 },
  requestObject: { status: { conditions: [] } },
};
const lines = fc.oneof(
  text,
  mutated(ENTRY).map((entry) => JSON.stringify(entry) ?? ""),
  fc.nat(200).map((at) => JSON.stringify(ENTRY).slice(0, at)),
);

test.prop([fc.array(lines, { maxLength: 5 })], RUNS)(
  "a delivery of any lines names namespaces, once each",
  (messages) => {
    const logEvents = messages.map((message) => ({ message }));
    const scopes = parseAuditLog(deliver(JSON.stringify({ messageType: "DATA_MESSAGE", logEvents })));
    const names = scopes.map((scope) => (scope.kind === "namespace" ? scope.namespace : ""));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name.length).toBeLessThan(254);
  },
);

test.prop(
  [
    fc.oneof(
      text,
      json.map((one) => JSON.stringify(one)),
    ),
    fc.nat(100),
  ],
  RUNS,
)("a delivery that is cut off, spoilt or of anything else is refused, and does not end the function", (content, at) => {
  const whole = deliver(content).awslogs.data;
  for (const data of [whole, whole.slice(0, at), `${whole.slice(0, at)}AAAA${whole.slice(at)}`])
    outcome(() => parseAuditLog({ awslogs: { data } }), isInputError);
});

function deliver(content: string) {
  return { awslogs: { data: gzipSync(content).toString("base64") } };
}
