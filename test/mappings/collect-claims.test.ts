import { expect, test } from "vitest";
import { collectClaims } from "../../functions/mappings/objects.ts";
import { kubeObject } from "./objects.ts";

test("a fault in how objects are read is thrown: only what is wrong with an object becomes a broken claim", () => {
  const fault = new TypeError("not a function");
  const rules = {
    source: "services",
    kind: "Service",
    target: () => {
      throw fault;
    },
    pods: () => undefined,
    rule: () => {
      throw fault;
    },
  };
  expect(() => collectClaims([kubeObject("web", {})], rules)).toThrow(fault);
});
