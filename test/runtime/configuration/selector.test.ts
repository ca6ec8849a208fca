import { describe, expect, test } from "vitest";
import { selectorProblem } from "../../../functions/runtime/configuration/selector.ts";

/** Each as a real API server, 1.34, took or refused it. */
const TAKEN = [
  "",
  " \t",
  "k",
  "! k",
  "in in (in,notin)",
  "k=",
  "k==,l!=",
  "k = v",
  "k in ()",
  "k notin(,)",
  "k in (a,)",
  "k in (a,,b)",
  "k in (a,,,)",
  "k in ( , b )",
  "k>5",
  "k<007",
  "k>9223372036854775807",
  "example.com/k\nnotin\n(v)",
];
const REFUSED = [
  "k>-5",
  "k>+5",
  "k>",
  "k>9223372036854775808",
  "k<1.5",
  "k>=5",
  "k in",
  "k in (a b)",
  "k in (a,,)",
  "k in (, ,)",
  "k in (a,,,,)",
  "k in (a",
  "k in (a=b)",
  "kin (a)",
  "!k=v",
  "!",
  ",k",
  "k,",
  "k=v w",
  "k=v)",
  "k\u00a0=v",
  "Example.com/k",
  "/k",
  "k=-v",
];

describe("a selector is taken as the API server takes it", () => {
  test.each(TAKEN)("%j is one", (selector) => {
    expect(selectorProblem(selector)).toBeUndefined();
  });

  test.each(REFUSED)("%j is none", (selector) => {
    expect(selectorProblem(selector)).toMatch(/^(?:cannot be read at|has an empty requirement in) "/);
  });
});
