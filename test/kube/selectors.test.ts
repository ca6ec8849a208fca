import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSelector } from "../../functions/core/selectors.ts";
import { formatSelector, matchesSelector } from "../../functions/mappings/label-selector.ts";
import { selectorProblem } from "../../functions/runtime/configuration/selector.ts";
import { kubernetesHandler } from "../emulators/kubernetes/handler.ts";
import { createKubernetes } from "../emulators/kubernetes/world.ts";
import { serve } from "../emulators/serve.ts";
import { openSession } from "../kubernetes/session.ts";
import { missingParts, startControlPlane } from "../support/control-plane.ts";
import type { ControlPlane } from "../support/control-plane.ts";

const missing = missingParts();
if (missing !== undefined) console.log(missing);

/** Labels of which many are alike; values that are numbers, empty, or as long as 64 bits. */
const LABELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  none: {},
  a: { app: "web", n: "5", tier: "" },
  b: { app: "web", n: "05", in: "a" },
  c: { app: "api", n: "9223372036854775807", "example.com/n": "6" },
  d: { app: "", n: "five", tier: "a" },
  e: { app: "in", n: "5", notin: "" },
  f: { tier: "b", n: "9223372036854775808" },
};

const key = fc.constantFrom("app", "n", "tier", "in", "notin", "example.com/n", "other");
const value = fc.constantFrom("web", "api", "a", "b", "in", "", "5", "05", "9223372036854775807");
const parts = ["!", "=", "==", "!=", ">", "<", "(", ")", ",", ",", " ", "\t", "in ", "notin ", " in ("];
const odd = ["-5", "+5", "9223372036854775808", "Example.com/n", "a_", "x/y/z", "\u00a0"];
const requirement = fc.oneof(
  fc.tuple(fc.constantFrom("", "!", "! "), key).map((words) => words.join("")),
  fc.tuple(key, fc.constantFrom("=", "==", " != ", ">", " < "), value).map((words) => words.join("")),
  fc
    .tuple(key, fc.constantFrom(" in ", " notin"), fc.array(value, { maxLength: 3 }))
    .map(([name, operator, values]) => `${name}${operator}(${values.join(",")})`),
);
const scraps = fc
  .array(fc.oneof(key, value, fc.constantFrom(...parts), fc.constantFrom(...odd)), { maxLength: 6 })
  .map((words) => words.join(""));
const text = fc.oneof(
  fc.array(requirement, { maxLength: 3 }).map((all) => all.join(",")),
  fc.tuple(requirement, scraps).map((words) => words.join("")),
  scraps,
);
const selector = fc.record(
  {
    matchLabels: fc.dictionary(key, value, { maxKeys: 2 }),
    matchExpressions: fc.array(
      fc.oneof(
        fc.record({
          key,
          operator: fc.constantFrom("In" as const, "NotIn" as const),
          values: fc.array(value, { minLength: 1, maxLength: 3 }),
        }),
        fc.record({ key, operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const) }),
      ),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);

describe.skipIf(missing !== undefined)("label selectors, by a real API server", () => {
  let plane: ControlPlane;
  let emulator: Awaited<ReturnType<typeof serve>>;
  let real: Awaited<ReturnType<typeof openLabelled>>;
  let emulated: Awaited<ReturnType<typeof openLabelled>>;

  beforeAll(async () => {
    plane = await startControlPlane();
    real = await openLabelled(plane.server);
    emulator = await serve(kubernetesHandler(createKubernetes({ tokens: { secret: "admin" } })));
    emulated = await openLabelled({ url: emulator.url, token: "secret" });
  });
  afterAll(async () => {
    await Promise.all([real?.close(), emulated?.close()]);
    await Promise.all([emulator?.close(), plane?.stop()]);
  });

  test("the configuration takes exactly those that it takes, and the emulator chooses the same pods by them", async () => {
    await fc.assert(
      fc.asyncProperty(text, async (asked) => {
        const chosen = await real.choose(asked);
        expect(await emulated.choose(asked)).toEqual(chosen);
        expect(selectorProblem(asked) === undefined ? chosenHere(asked) : "refused").toEqual(chosen);
      }),
      { numRuns: 1_000 },
    );
  });

  test("those of objects choose the same pods there as they do here", async () => {
    await fc.assert(
      fc.asyncProperty(selector, async (asked) => {
        const here = Object.keys(LABELS).filter((name) => matchesSelector(asked, LABELS[name] ?? {}));
        expect(await real.choose(formatSelector(asked))).toEqual(here.toSorted());
      }),
      { numRuns: 500 },
    );
  });
});

/** As the pods of a namespace that was listed as a whole are selected. */
function chosenHere(asked: string): readonly string[] {
  const isSelected = readSelector(asked);
  return Object.keys(LABELS)
    .filter((name) => isSelected(LABELS[name] ?? {}))
    .toSorted();
}

async function openLabelled(server: ControlPlane["server"] | { readonly url: string; readonly token: string }) {
  const { proxy, createNamespace, createPods } = await openSession(server);
  const namespace = await createNamespace();
  for (const [name, labels] of Object.entries(LABELS)) await createPods(namespace, [name], labels);
  return {
    /** The names of the pods that a selector chooses, or that it is none. */
    choose: async (asked: string): Promise<readonly string[] | "refused"> => {
      const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(asked)}`;
      const list = await proxy.send("GET", path).catch((error: unknown) => {
        if (error instanceof Error && error.message.includes(": 400 ")) return "refused" as const;
        throw error;
      });
      if (list === "refused") return list;
      const { items } = list as { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
      return items.map(({ metadata }) => metadata.name).toSorted();
    },
    close: proxy.close,
  };
}
