import { expect, test } from "vitest";
import { INIT_HEALTH_KEY } from "../../functions/core/attributes.ts";
import { lines, plan } from "../support/scene.ts";
import { instance, pod } from "../support/builders.ts";

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const web2 = pod({ name: "web-2", ip: "10.0.0.2" });
const unready = { ...web1, state: "not-ready" } as const;
const CUSTOM = { health: "custom" } as const;
const healthy = instance({ health: "HEALTHY" });

test.each<[string, Parameters<typeof plan>[0], string[]]>([
  [
    "marks an instance whose pod is not ready",
    { pods: [unready], instances: [healthy] },
    ["set-health 10.0.0.1 pod-not-ready"],
  ],
  [
    "marks it again as ready",
    { pods: [web1], instances: [instance({ health: "UNHEALTHY" })] },
    ["set-health 10.0.0.1 ready"],
  ],
  ["sends nothing that is so already", { pods: [unready], instances: [instance({ health: "UNHEALTHY" })] }, []],
  [
    "sends nothing for a ready pod of unknown health: it counts as healthy",
    { pods: [web1], instances: [instance()] },
    [],
  ],
  [
    "marks a pod of unknown health that is not ready",
    { pods: [unready], instances: [instance()] },
    ["set-health 10.0.0.1 pod-not-ready"],
  ],
  ["lets a new pod wait until it is ready", { pods: [unready, web2], instances: [] }, ["register 10.0.0.2 missing"]],
  [
    "keeps instances whatever `whenAllUnready` says",
    { pods: [unready], instances: [healthy], settings: { whenAllUnready: "remove" } },
    ["set-health 10.0.0.1 pod-not-ready"],
  ],
  [
    "repairs and marks in one pass",
    { pods: [unready], instances: [instance({ health: "HEALTHY", attributes: { app: "old" } })] },
    ["register 10.0.0.1 drifted", "set-health 10.0.0.1 pod-not-ready"],
  ],
  ["removes a pod that is gone", { instances: [healthy] }, ["deregister 10.0.0.1 pod-gone"]],
])("%s", (_, wanted, expected) => {
  expect(lines(plan({ ...wanted, kind: CUSTOM }))).toEqual(expected);
});

test("each registration carries the readiness of now", () => {
  const drifted = instance({ health: "HEALTHY", attributes: { app: "old" } });
  expect(plan({ pods: [web1], kind: CUSTOM }).changes).toMatchObject([{ health: "HEALTHY" }]);
  expect(plan({ pods: [unready], instances: [drifted], kind: CUSTOM }).changes[0]).toMatchObject({
    health: "UNHEALTHY",
  });
});

test("the first status is never compared", () => {
  const held = instance({ health: "HEALTHY", attributes: { [INIT_HEALTH_KEY]: "UNHEALTHY" } });
  expect(lines(plan({ pods: [web1], instances: [held], kind: CUSTOM }))).toEqual([]);
});

test("without such a check health is nobody's business", () => {
  const planned = plan({ pods: [web1], instances: [instance({ health: "UNHEALTHY" })] });
  expect(lines(planned)).toEqual([]);
  expect(plan({ pods: [web1] }).changes).toMatchObject([{ health: undefined }]);
});
