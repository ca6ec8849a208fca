import { expect, test } from "vitest";
import { runReconcile } from "../../../functions/cli/reconcile-command.ts";
import { registered, SHOP } from "../../functions/shop.ts";
import { openStack } from "./shop.ts";

const ALL = ["api 10.0.1.1", "web 10.0.0.1", "web 10.0.0.2"];
const [WEB] = SHOP.mappings;

test("apply says where functions keep the same cluster in sync by another document, and asks", async () => {
  const { shop, apply } = await openApply();
  const no = await apply({ ...SHOP, mappings: [WEB], id: "ip-port" }, "n");
  expect(no.err).toMatch(
    /functions keep cluster prod in sync by\s+\/sync\/configuration, which\s+differs from this document in mappings, id:\s+what/,
  );
  expect(no).toMatchObject({ code: 1, questions: ["Apply this document all the same? [y/N] "] });
  expect(registered(shop)).toEqual([]);
  expect(await apply({ ...SHOP, mappings: [WEB] }, "y")).toMatchObject({ code: 0 });
  expect(registered(shop)).toEqual(ALL.slice(1));
});

test("without a terminal it says so, and goes on", async () => {
  const { shop, apply } = await openApply();
  const { code, err, questions } = await apply({ ...SHOP, mappings: [WEB] });
  expect(err).toContain("which differs from this document in mappings");
  expect([code, questions, registered(shop)]).toEqual([0, [], ALL.slice(1)]);
});

test.each<[string, object, object]>([
  ["the same", SHOP, SHOP],
  ["the same, written otherwise", { ...SHOP, policy: "sync", confirmSeconds: 5 }, SHOP],
  ["dry, so that its functions change nothing", { ...SHOP, mappings: [WEB] }, { ...SHOP, policy: "dry-run" }],
  ["of another part", { ...SHOP, mappings: [WEB], part: "blue" }, SHOP],
  ["of another owner", { ...SHOP, mappings: [WEB], owner: "team" }, SHOP],
  ["no document at all", SHOP, { nonsense: true }],
])("nothing is said of a deployed document that is %s", async (_, document, deployed) => {
  const { shop, apply } = await openApply();
  shop.configure(deployed);
  expect(await apply(document, "never asked")).toMatchObject({ code: 0, questions: [] });
});

test("nor of one whose stack is gone, and whose parameter was kept", async () => {
  const { shop, deployed, apply } = await openApply();
  shop.ssm.parameters.delete(deployed.turn);
  expect(await apply({ ...SHOP, mappings: [WEB] }, "never asked")).toMatchObject({ code: 0, questions: [] });
});

test("nor where parameters may not be looked for", async () => {
  const { shop, apply } = await openApply();
  shop.ssm.denied.add("DescribeParameters");
  expect(await apply({ ...SHOP, mappings: [WEB] }, "never asked")).toMatchObject({ code: 0, questions: [] });
});

async function openApply() {
  const stack = await openStack();
  return {
    ...stack,
    apply: async (document: object, ...answers: readonly string[]) => {
      const { terminal, err, questions } = stack.sit(...answers);
      const input = () => Promise.resolve(JSON.stringify({ cluster: "prod", ...document }));
      const code = await runReconcile("apply", { config: "-", output: "table" }, { ...terminal, input });
      return { code, err: err(), questions };
    },
  };
}
