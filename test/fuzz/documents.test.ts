import { test } from "@fast-check/vitest";
import * as fc from "fast-check";
import { describe, expect } from "vitest";
import * as YAML from "yaml";
import { InputError } from "../../functions/core/errors.ts";
import { readSelector } from "../../functions/core/selectors.ts";
import { parseKubeconfig } from "../../functions/kubernetes/kubeconfig/document.ts";
import { parseConfiguration } from "../../functions/runtime/configuration/document.ts";
import { selectorProblem } from "../../functions/runtime/configuration/selector.ts";
import { json, mutated, outcome, RUNS, text } from "./hostile.ts";

const DOCUMENT = {
  cluster: "prod",
  namespaces: ["shop.local", "other.local"],
  mappings: [
    {
      service: "web",
      namespace: "shop.local",
      pods: { namespace: "shop", selector: "app=web,tier in (a,b)" },
      port: 8080,
      attributes: { team: "color" },
      labels: { include: ["*"], exclude: ["x*"] },
    },
  ],
  sources: { services: true, virtualNodes: "auto" },
  allow: [{ from: "team-a", services: ["team-a-*"] }],
  retired: ["shop.local/old"],
  guard: { maxRemovalRatio: 0.5 },
  rates: { RegisterInstance: "50:100" },
};
const KUBECONFIG = {
  "current-context": "a",
  contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
  clusters: [{ name: "a", cluster: { server: "https://127.0.0.1", extensions: [{ name: "x", extension: {} }] } }],
  users: [
    { name: "a", user: { exec: { apiVersion: "v1", command: "aws", args: ["x"], env: [{ name: "A", value: "b" }] } } },
    { name: "b", user: { "auth-provider": { name: "oidc", config: { "id-token": "a" } } } },
  ],
};
/** As long as a message about a document may be, in characters: fifty lines of a thousand, and a few words. */
const LONGEST = 60_000;

const yaml = (value: fc.Arbitrary<unknown>) =>
  fc.oneof(
    value.map((one) => JSON.stringify(one) ?? ""),
    value.map((one) => YAML.stringify(one ?? null)),
  );

describe.each<readonly [string, (content: string) => unknown, object]>([
  ["a configuration", (content) => parseConfiguration(content, "sync.yaml"), DOCUMENT],
  ["a kubeconfig", (content) => parseKubeconfig("the kubeconfig", "/", content), KUBECONFIG],
])("%s", (_, read, sample) => {
  test.prop([fc.oneof(text, yaml(json), yaml(mutated(sample)))], RUNS)(
    "is read, or refused in a message of bounded length",
    (content) => {
      const read1 = outcome(
        () => read(content),
        (error) => error instanceof InputError,
      );
      if (read1 instanceof Error) expect(read1.message.length).toBeLessThan(LONGEST);
    },
  );
});

const pieces = ["a", "in", "notin", "(", ")", ",", ",,", " ", "\t", "=", "==", "!", "!=", ">", "5", "x.y/z", "-"];

test.prop(
  [
    fc.oneof(
      text,
      fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((all) => all.join("")),
    ),
  ],
  RUNS,
)("a selector is refused in a short message, or read as one", (selector) => {
  const problem = selectorProblem(selector);
  if (problem === undefined) expect(readSelector(selector)({ a: "in" })).toBeTypeOf("boolean");
  else expect(problem.length).toBeLessThan(2_000);
});
