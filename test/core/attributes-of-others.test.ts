import { describe, expect, test } from "vitest";
import { lines, plan } from "../support/scene.ts";
import { instance, pod } from "../support/builders.ts";

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });

describe("attributes of others", () => {
  test("are drift", () => {
    const planned = plan({ pods: [web1], instances: [instance({ attributes: { weight: "5" } })] });
    expect(planned.changes).toMatchObject([{ reason: "drifted", keys: ["weight"] }]);
  });

  test("that are ignored are no drift, and are carried over", () => {
    const settings = { ignoreAttributes: ["weight"] };
    const theirs = instance({ attributes: { weight: "5" } });
    expect(lines(plan({ pods: [web1], instances: [theirs], settings }))).toEqual([]);
    const drifted = instance({ attributes: { weight: "5", app: "old" } });
    const { changes } = plan({ pods: [web1], instances: [drifted], settings });
    expect(changes).toMatchObject([{ keys: ["app"], attributes: { weight: "5", app: "web" } }]);
  });

  test("win over a label of the same key, once they are there", () => {
    const settings = { ignoreAttributes: ["app"] };
    const theirs = instance({ attributes: { app: "theirs", "k8s.io/pod": "web-1", extra: "x" } });
    const { changes } = plan({ pods: [web1], instances: [theirs], settings });
    expect(changes).toMatchObject([{ keys: ["extra"], attributes: { app: "theirs" } }]);
    expect(plan({ pods: [web1], settings }).changes).toMatchObject([{ attributes: { app: "web" } }]);
  });
});
