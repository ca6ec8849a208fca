import { test } from "@fast-check/vitest";
import * as fc from "fast-check";
import { expect } from "vitest";
import { errorText } from "../../functions/cli/error-text.ts";
import { markup } from "../../functions/cli/page/markup.ts";
import { renderReport } from "../../functions/cli/render.ts";
import { InputError } from "../../functions/core/errors.ts";
import { ANSWER_BYTES, answerOf } from "../../functions/runtime/lambda/answer.ts";
import { outline } from "../../functions/runtime/lambda/outline.ts";
import { claim, claims, instance, pod, sourceOf } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";
import { RUNS, text } from "./hostile.ts";

/** What steers a terminal, breaks a line of the log, or turns the order of what a person reads. */
const HARMFUL = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/u;
/** As long as a name of tenants', servers' or others' is in a report, in characters: the longest name of AWS's. */
const LONGEST = 1_024;
const PLAIN = { isColoured: false, width: undefined };

const names = fc.record({ pod: text, label: text, key: text, service: text, origin: text, problem: text, id: text });

test.prop([names, fc.boolean()], RUNS)(
  "whatever tenants and others call things, a report is lines of harmless, bounded text",
  async ({ pod: name, label, key, service, origin, problem, id }, dryRun) => {
    const from = { ...sourceOf("services"), name: origin };
    const broken = { origin: from, from: name, pods: undefined, namespace: undefined, service, problem };
    const { report } = await pass({
      pods: [pod({ name, ip: "10.0.0.1", labels: { [key]: label } }), pod({ name: label, ip: "10.0.0.2" })],
      instances: { web: [instance({ id, owner: name, attributes: { [key]: label } })], [service]: [instance({ id })] },
      sources: [
        claims(claim(), claim({ service, origin: from, attributes: { [key]: label } })),
        { ...sourceOf("services"), state: "read", claims: [], broken: [broken] },
      ],
      request: { dryRun },
    });
    for (const one of textsIn(report)) {
      expect(one).not.toMatch(HARMFUL);
      expect(one.length).toBeLessThanOrEqual(LONGEST);
    }
    for (const verb of ["plan", "apply"] as const)
      expect(renderReport(report, verb, PLAIN).replaceAll("\n", "")).not.toMatch(HARMFUL);
    for (const line of outline(report, dryRun)) expect(JSON.stringify(line.fields).length).toBeLessThan(20 * LONGEST);
    expect(JSON.stringify(answerOf(report, ANSWER_BYTES)).length).toBeLessThan(100 * LONGEST);
  },
);

test.prop([text, text, fc.boolean()], RUNS)(
  "an error of anybody's words is told in harmless lines",
  (words, cause, debug) => {
    for (const error of [new InputError(words), new Error(words, { cause: new Error(cause) }), words])
      expect(errorText(error, debug).replaceAll("\n", "")).not.toMatch(HARMFUL);
  },
);

test.prop([text], RUNS)("a name is text on a page, wherever it stands", (name) => {
  const page = markup`<p title="${name}">${name}</p>`.text;
  expect(page).toMatch(/^<p title="[^"'`<>]*">[^"'`<>]*<\/p>$/);
  expect(page).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
});

/** Keys of objects that hold what tenants wrote are told too. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return [...(Array.isArray(value) ? [] : Object.keys(value)), ...Object.values(value).flatMap(textsIn)];
}
