import { expect, test } from "vitest";
import { mapping, plan, pod } from "../support/builders.ts";

test("what a mapping may not set is left out, and a warning names it", () => {
  const attributes = { team: "web", AWS_INSTANCE_PORT: "1", "k8s.io/pod": "x" };
  const { changes, warnings } = plan({ pods: [pod()], mappings: [mapping({ attributes })] });
  expect(changes).toMatchObject([{ attributes: { team: "web", "k8s.io/pod": "web-1" } }]);
  expect(warnings).toEqual([
    "shop.local/web (mappings[0]): attributes left out, because AWS and this tool give them their meaning: AWS_INSTANCE_PORT, k8s.io/pod; take them away there",
  ]);
});
