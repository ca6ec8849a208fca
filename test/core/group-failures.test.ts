import { expect, test } from "vitest";
import { causeOf } from "../../functions/core/errors.ts";
import { groupFailures } from "../../functions/core/group-failures.ts";
import { outline } from "../../functions/runtime/lambda/outline.ts";
import { report, serviceReport } from "../support/reports.ts";

const failing = (service: string, cause = "expired; renew it") =>
  serviceReport({ service, error: `${service} could not be read: ${cause}`, cause });

test("services that failed by the same are one failure, and the others stand alone", () => {
  const [a, b, c] = [failing("a"), failing("b"), failing("c", "gone")];
  expect(groupFailures([a, serviceReport(), b, c], [])).toEqual({
    shared: [{ problem: "expired; renew it", services: [a, b] }],
    own: [c],
  });
});

test("what the pass as a whole failed by is told there", () => {
  const a = serviceReport({ error: "no cluster" });
  expect(groupFailures([a, a], ["no cluster"])).toEqual({ shared: [], own: [] });
});

test("the log has one line for services that failed by the same", () => {
  const lines = outline(report({ services: [failing("a"), failing("b"), failing("c", "gone")] }), false);
  expect(lines.map(({ message, fields }) => ({ message, ...fields }))).toMatchObject([
    { message: "service failed", failure: "c could not be read: gone" },
    { message: "services failed", count: 2, failure: "expired; renew it" },
  ]);
});

test("an error's cause is what it says after what could not be done, without the service's ARN", () => {
  const error = new Error("a could not be read: no right on arn:a; grant it on arn:a", {
    cause: new Error("no right on arn:a"),
  });
  expect(causeOf(error, "arn:a")).toEqual({ cause: "no right on SERVICE_ARN; grant it on SERVICE_ARN" });
  expect(causeOf(error, undefined)).toEqual({ cause: "no right on arn:a; grant it on arn:a" });
  expect(causeOf(new Error("a", { cause: new Error("b") }), undefined)).toEqual({});
  expect(causeOf(new Error("a"), undefined)).toEqual({});
});
