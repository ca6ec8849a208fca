import { expect, test } from "vitest";
import { findLeftByAppMesh } from "../../../functions/runtime/remarks/left-by-app-mesh.ts";
import type { HeldReason } from "../../../functions/core/change.ts";
import type { ReportedHeld } from "../../../functions/core/report.ts";
import { createMemoryWorld, memoryCluster, memoryRegistry } from "../../support/memory-world.ts";
import { claim, claims, instance, pod, service, settings } from "../../support/builders.ts";
import { heldFor, report, serviceReport } from "../../support/reports.ts";

const APP_MESH = { owner: undefined, cluster: undefined, attributes: { "appmesh.k8s.aws/mesh": "shop" } } as const;
const LEFT = [
  instance({ id: "10.0.0.1", pod: "web-1", ...APP_MESH }),
  instance({ id: "10.0.0.2", pod: "web-2", ...APP_MESH }),
  instance({ id: "10.0.0.3", pod: "web-3", owner: "other" }),
];

test("what App Mesh left of pods that are gone is told under live, and stays", async () => {
  expect(await left("live")).toEqual([
    {
      instances: 1,
      problem: expect.stringMatching(
        /^shop\.local\/web: App Mesh's controller left 10\.0\.0\.2 \(shop\/web-2\), .*exclusive/,
      ),
    },
  ]);
});

test.each(["off", "exclusive"] as const)("under %s it is not, being nobody's or removed", async (appMesh) => {
  expect(await left(appMesh)).toEqual([]);
});

test("what is held because another pod has its address is not told a second time", async () => {
  expect(await left("live", heldAs("foreign", "10.0.0.2"))).toEqual([]);
  expect(await left("live", heldAs("foreign", "10.0.0.9"))).toHaveLength(1);
});

function heldAs(reason: HeldReason, id: string): readonly ReportedHeld[] {
  return heldFor(reason).map((held) => ({ ...held, id }));
}

async function left(
  appMesh: "off" | "live" | "exclusive",
  held: readonly ReportedHeld[] = [],
): ReturnType<typeof findLeftByAppMesh> {
  const pods = memoryCluster(pod({ name: "web-1", ip: "10.0.0.1" }));
  const world = createMemoryWorld(
    pods,
    memoryRegistry({}),
    [claims(claim())],
    settings({ adopt: { appMesh, externalDns: "off" } }),
  );
  const reads = { instances: new Map([[service(), LEFT]]) };
  return findLeftByAppMesh(reads, report({ services: [serviceReport({ held })] }), world, Infinity);
}
