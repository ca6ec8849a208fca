import { expect, test } from "vitest";
import { deriveStatus } from "../../functions/cli/status.ts";
import { renderStatus } from "../../functions/cli/render-status.ts";
import type { Instance } from "../../functions/core/model.ts";
import type { ServiceReport } from "../../functions/core/report.ts";
import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import { podObject } from "../emulators/kubernetes/workloads.ts";
import { CLUSTER, instance, OWNER, service, settings } from "../support/builders.ts";
import { setUpCli, SMALLEST } from "../support/cli.ts";
import { report, serviceReport } from "../support/reports.ts";

test("status tells what is registered by whom, and changes nothing", async () => {
  const { run, cloudMap, namespace, writes } = await setUpCli();
  await run("apply");
  const [web] = cloudMap.services.values();
  if (web === undefined) throw new Error("apply created no service");
  seedInstance(cloudMap, web, "10.9.9.9", { AWS_INSTANCE_IPV4: "10.9.9.9", ECS_CLUSTER_NAME: "legacy" });
  seedInstance(cloudMap, seedService(cloudMap, namespace, { name: "batch" }), "10.9.9.8");
  const before = writes().length;
  const { code, out } = await run("status");
  expect(out).toContain("others: 1 of Amazon ECS");
  expect(out).toContain("In sync: Cloud Map matches the pods.");
  const { out: json } = await run("status", "--output", "json");
  expect(JSON.parse(json)).toMatchObject({
    services: [
      { service: "batch", desired: 0, registered: 0, others: [{ owner: "unknown", instances: 1 }] },
      {
        service: "web",
        desired: 2,
        registered: 2,
        differs: 0,
        others: [{ owner: "Amazon ECS", instances: 1 }],
      },
    ],
    ok: true,
  });
  expect([code, writes().length]).toEqual([0, before]);
});

test("the account is said by the credentials where nothing that was read says it", async () => {
  const { run } = await setUpCli({
    document: SMALLEST.replace("shop.local", "shp.local"),
    variables: { AWS_ACCOUNT_ID: "111122223333" },
  });
  const { code, out } = await run("status");
  expect(out).toMatch(/^AWS +account 111122223333, region /m);
  expect(code).toBe(1);
});

test("a service for which nothing is chosen is in sync for want of pods, and all commands say so", async () => {
  const { run } = await setUpCli({ document: SMALLEST.replace("app=web", "app=wbe") });
  for (const verb of ["status", "plan", "apply"]) {
    const { code, out } = await run(verb);
    expect(out).toMatch(/^web .* no pods$/m);
    expect(out).toContain("In sync, but 1 mapping chooses no pod (see the warning).\n");
    expect(code).toBe(0);
  }
  const { out } = await run("status", "--output", "json");
  expect(JSON.parse(out)).toMatchObject({
    unchosen: 1,
    services: [{ service: "web", state: "no pods", empty: "no pods" }],
  });
});

test("a service whose pods are not ready yet is not told from one that is in sync by its numbers alone", async () => {
  const { run, kubernetes } = await setUpCli();
  for (const name of ["web-1", "web-2"])
    kubernetes.put(podObject({ namespace: "shop", name, ip: "10.0.0.9", labels: { app: "web" }, ready: false }));
  const { out } = await run("status");
  expect(out).toMatch(/^web .* none ready$/m);
});

test("what App Mesh left is said where everything else is in sync", () => {
  const left = { ...report({ services: [serviceReport()] }), leftByAppMesh: 2 };
  const text = renderStatus(deriveStatus(left, { instances: new Map(), pods: new Map() }, settings(), false), {
    isColoured: false,
    width: undefined,
  });
  expect(text).toContain("In sync; 2 instances that App Mesh left are not touched (see the warnings).\n");
});

test("counts others' instances by their owner", () => {
  const held = [
    instance({ id: "10.0.0.1" }),
    instance({ id: "10.0.0.2", owner: "other" }),
    instance({ id: "10.0.0.3", owner: "other" }),
    instance({ id: "10.0.0.5", cluster: "uid-2" }),
    instance({ id: "10.0.0.4", owner: undefined, attributes: { "appmesh.k8s.aws/mesh": "shop" } }),
  ];
  const [web] = statusOf([serviceReport()], held).services;
  expect(web?.others).toEqual([
    { owner: "App Mesh", instances: 1 },
    { owner: `${OWNER} in cluster uid-2`, instances: 1 },
    { owner: "other", instances: 2 },
  ]);
});

test("counts ours that are unhealthy, where the service has a custom health check", () => {
  const held = [instance({ id: "10.0.0.1", health: "UNHEALTHY" }), instance({ id: "10.0.0.2", health: "HEALTHY" })];
  expect(statusOf([serviceReport()], held, "custom").services[0]?.unhealthy).toBe(1);
  expect(statusOf([serviceReport()], held, "none").services[0]?.unhealthy).toBeNull();
});

test("wide, it shows each instance, as a table where there is room and as lists where there is not", () => {
  const held = [
    instance({ id: "10.0.0.1", attributes: { AVAILABILITY_ZONE: "eu-west-1a", AWS_INSTANCE_PORT: "8080" } }),
  ];
  const status = statusOf([serviceReport()], held, "none", true);
  expect(status.services[0]?.instances).toMatchObject([
    { id: "10.0.0.1", pod: "shop/web-1", zone: "eu-west-1a", port: "8080", health: null, owner: OWNER, since: null },
  ]);
  const wide = renderStatus(status, { isColoured: false, width: 140 });
  expect(wide).toMatch(/instance +pod +zone +port +health +owner +since\n10\.0\.0\.1 +shop\/web-1 +eu-west-1a +8080 /);
  const narrow = renderStatus(status, { isColoured: false, width: 80 });
  expect(narrow).toContain("10.0.0.1: pod shop/web-1, zone eu-west-1a, port 8080, owner");
  expect(narrow.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

test("says that what could not be read is not known", () => {
  const text = renderStatus(
    { ...statusOf([serviceReport({ desired: 0, registered: 0, error: "no right" })], []), ok: false },
    { isColoured: false, width: undefined },
  );
  expect(text).toMatch(/web +\? +\? /);
  expect(text).toContain("  failed: no right");
  expect(text).toContain("Something failed: see above.");
});

function statusOf(
  services: readonly ServiceReport[],
  instances: readonly Instance[],
  health: "custom" | "none" = "none",
  isWide = false,
) {
  const identity = { cluster: CLUSTER, arn: undefined, mayBeEmpty: false };
  const reads = { instances: new Map([[service({ health }), instances]]), pods: new Map() };
  return deriveStatus(report({ services }), reads, settings({ identity }), isWide);
}
