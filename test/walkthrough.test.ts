import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { openStage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";
import { walkthrough } from "./support/walkthrough.ts";

const run = promisify(execFile);
const ON_TOP = [
  "eks-cloudmap-sync/owner",
  "eks-cloudmap-sync/cluster",
  "AWS_INSTANCE_PORT",
  "REGION",
  "AVAILABILITY_ZONE",
];
const hasAws = await run("aws", ["--version"]).then(
  () => true,
  () => false,
);
if (!hasAws) console.log("skipped what needs the aws CLI: it is not on the PATH");

test.each(walkthrough.queries)(
  "DiscoverInstances of $service $queryParameters answers as under App Mesh",
  async (query) => {
    const stage = await appliedStage();
    const found = await stage.discover(query.service, query.queryParameters);
    expect(found.map((instance) => ({ ...instance, Attributes: withoutOurs(instance.Attributes ?? {}) }))).toEqual(
      query.instances,
    );
  },
);

test.skipIf(!hasAws)("the aws CLI is answered the same", async () => {
  const stage = await appliedStage();
  for (const { service, queryParameters, instances } of walkthrough.queries) {
    const parameters = Object.entries(queryParameters).map(([key, value]) => `${key}=${value}`);
    const args = ["servicediscovery", "discover-instances", "--namespace-name", walkthrough.cloudMapNamespace.name];
    const filter = parameters.length === 0 ? [] : ["--query-parameters", parameters.join(",")];
    const { stdout } = await run(
      "aws",
      [...args, "--service-name", service, ...filter, "--output", "json", "--endpoint-url", stage.cloudMapUrl],
      {
        env: { ...process.env, AWS_DEFAULT_REGION: "us-west-2", AWS_DISABLE_HOST_PREFIX_INJECTION: "true" },
      },
    );
    const { Instances } = JSON.parse(stdout) as {
      readonly Instances: readonly { readonly Attributes: Readonly<Record<string, string>> }[];
    };
    expect(Instances.map((instance) => ({ ...instance, Attributes: withoutOurs(instance.Attributes) }))).toEqual(
      instances,
    );
  }
});

test("a second pass finds nothing to do", async () => {
  const stage = await appliedStage();
  const report = await stage.pass();
  expect(report.drift).toEqual({ missing: 0, stale: 0, changed: 0, health: 0 });
  expect(report.ok).toBe(true);
});

test("a foreign instance in one of the services is left alone, and stays out of the count", async () => {
  const stage = await appliedStage();
  await stage.registerForeign("colorapp", "10.1.2.3", { AWS_INSTANCE_IPV4: "10.1.2.3", ECS_CLUSTER_NAME: "legacy" });
  const report = await stage.pass();
  expect(
    report.services.map(({ service, registered, changes, held }) => ({ service, registered, changes, held })),
  ).toEqual([
    { service: "colorapp", registered: 2, changes: [], held: [] },
    { service: "front", registered: 1, changes: [], held: [] },
  ]);
  expect(await stage.discover("colorapp")).toHaveLength(3);
});

test("a list of pods that breaks off removes nothing", async () => {
  const stage = await appliedStage();
  stage.kubernetes.remove({ kind: "Pod", name: "front-667ff84fd-g85p8", namespace: walkthrough.kubernetesNamespace });
  stage.kubernetes.options.fault = ({ path }) => (path.endsWith("/pods") ? { kind: "status", status: 403 } : undefined);
  const report = await stage.pass();
  expect(report.ok).toBe(false);
  expect(report.services.map(({ error }) => error)).toEqual([
    expect.stringContaining("403"),
    expect.stringContaining("403"),
  ]);
  expect(await stage.discover("front")).toHaveLength(1);
});

async function appliedStage(): Promise<Stage> {
  const stage = await openStage();
  onTestFinished(() => stage.close());
  expect((await stage.pass()).ok).toBe(true);
  return stage;
}

function withoutOurs(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !ON_TOP.includes(key)));
}
