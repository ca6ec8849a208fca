import { expect, test } from "vitest";
import type { SourceRead } from "../../functions/core/ports.ts";
import { warnOfDoubts } from "../../functions/core/warnings.ts";
import { plan } from "../support/scene.ts";
import { mapping, pod, sourceOf } from "../support/builders.ts";

test("what a mapping may not set is left out, and a warning names it", () => {
  const attributes = { team: "web", AWS_INSTANCE_PORT: "1", "k8s.io/pod": "x" };
  const { changes, warnings } = plan({ pods: [pod()], mappings: [mapping({ attributes })] });
  expect(changes).toMatchObject([{ attributes: { team: "web", "k8s.io/pod": "web-1" } }]);
  expect(warnings).toEqual([
    "shop.local/web (mappings[0]): attributes left out, because AWS and this tool give them their meaning: AWS_INSTANCE_PORT, k8s.io/pod; take them away there",
  ]);
});

test("what objects ask for in vain is said of the namespaces in scope, and of twenty at most", () => {
  const doubts = ["shop", "other"].flatMap((from) =>
    Array.from({ length: 15 }, (_, index) => ({ from, object: `Service ${from}/${index}`, problem: "it is a riddle" })),
  );
  const read: SourceRead = { ...sourceOf("services"), state: "read", claims: [], broken: [], doubts };
  expect(warnOfDoubts([read], [{ kind: "namespace", namespace: "other" }])).toHaveLength(15);
  expect(warnOfDoubts([read], [{ kind: "service", service: "web", namespace: undefined }])).toEqual([]);
  const all = warnOfDoubts([read], [{ kind: "all" }]);
  expect([all[0], all.length, all.at(-1)]).toEqual([
    "Service shop/0: it is a riddle",
    21,
    expect.stringMatching(/^10 more objects/),
  ]);
});
