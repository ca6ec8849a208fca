import { expect, onTestFinished, test } from "vitest";
import { OWNER_KEY } from "../functions/core/attributes.ts";
import type { Report } from "../functions/core/report.ts";
import { seedInstance, seedService } from "./emulators/cloudmap/seed.ts";
import { podObject } from "./emulators/kubernetes/workloads.ts";
import type { KubernetesWorld } from "./emulators/kubernetes/world.ts";
import { openStage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";
import { loadWalkthrough, walkthrough } from "./support/walkthrough.ts";

/**
 * Taking over from the App Mesh controller, as docs/migrate-from-app-mesh.md tells it: the registry as the controller left it, without
 * an owner, and pods that have partly changed since. Their readiness gate waits for a condition that nobody sets any more.
 */

const GATE = "conditions.appmesh.k8s.aws/aws-cloudmap-healthy";
const BLUE = "192.168.50.137"; // lives on
const RED = "192.168.72.100"; // its pod is gone, and another red pod has its address
const NEW_RED = "192.168.84.178"; // the address of a front pod that is gone
const FRONT = NEW_RED;
const NEW_FRONT = "192.168.90.1";
const ECS = "10.1.2.3"; // somebody else's
const LIVE = [`colorapp/${BLUE}`, `colorapp/${RED}`, `colorapp/${NEW_RED}`, `front/${NEW_FRONT}`];

const documentOf = (policy: string, adopt: string) => `cluster: walkthrough
owner: walkthrough
namespaces: [${walkthrough.cloudMapNamespace.name}]
sources: { virtualNodes: true }
policy: ${policy}
adopt: { appMesh: ${adopt} }
`;
const CAREFUL = documentOf("upsert-only", "live");
const FINAL = documentOf("sync", "exclusive");

test("a plan shows what would happen, and changes nothing", async () => {
  const stage = await openMigration();
  const before = showInstances(stage);
  const report = await stage.pass({ dryRun: true });
  expect(showInstances(stage)).toEqual(before);
  expect(linesOf(report)).toEqual([
    `colorapp: register ${BLUE} adopted`,
    `colorapp: register ${RED} held: foreign`,
    `colorapp: register ${NEW_RED} missing`,
    `front: register ${NEW_FRONT} missing`,
  ]);
  expect(report.drift).toEqual({ missing: 3, stale: 0, changed: 1, health: 0 });
  expect(report.ok).toBe(true);
});

test("step by step every live pod is registered and stamped, stale ones go, and at no write fewer live instances are there", async () => {
  const stage = await openMigration();
  const lost = watchLive(stage);

  await stage.pass();
  expect(stampedIn(stage)).toEqual([`colorapp/${BLUE}`, `colorapp/${NEW_RED}`, `front/${NEW_FRONT}`]);
  expect(idsOf(stage)).toContain(`front/${FRONT}`);

  expect(linesOf(await stage.pass({ dryRun: true, document: FINAL }))).toEqual([
    `colorapp: register ${RED} adopted`,
    `front: deregister ${FRONT} pod-gone`,
  ]);
  await stage.pass({ document: FINAL });
  expect(idsOf(stage)).toEqual([`colorapp/${ECS}`, ...LIVE]);
  expect(stampedIn(stage)).toEqual(LIVE);

  const quiet = await stage.pass({ document: FINAL });
  expect(quiet).toMatchObject({ ok: true, drift: { missing: 0, stale: 0, changed: 0, health: 0 } });
  expect(lost()).toEqual([]);
});

test("all at once it ends the same", async () => {
  const stage = await openMigration();
  const lost = watchLive(stage);
  await stage.pass({ document: FINAL });
  expect(stampedIn(stage)).toEqual(LIVE);
  expect(idsOf(stage)).toEqual([`colorapp/${ECS}`, ...LIVE]);
  expect(lost()).toEqual([]);
});

test("a consumer finds what it found, attribute for attribute", async () => {
  const stage = await openMigration();
  const [told] = walkthrough.queries.flatMap(({ instances }) =>
    instances.filter(({ InstanceId }) => InstanceId === BLUE),
  );
  await stage.pass({ document: FINAL });
  const [found] = await stage.discover("colorapp", { version: "blue" });
  expect(found?.Attributes).toMatchObject(told?.Attributes ?? {});
});

test("mappings in place of the VirtualNodes take two attributes away, and nothing else", async () => {
  const stage = await openMigration();
  await stage.pass({ document: FINAL });
  const mapped = `${FINAL}mappings:
${["blue", "red"].map((version) => mappingOf("colorapp", `app=colorapp,version=${version}`)).join("")}${mappingOf("front", "app=front")}`;
  const { services } = await stage.pass({ document: mapped });
  expect(services.flatMap(({ changes }) => changes.map(({ reason, keys }) => ({ reason, keys })))).toEqual(
    LIVE.map(() => ({ reason: "drifted", keys: ["appmesh.k8s.aws/mesh", "appmesh.k8s.aws/virtualNode"] })),
  );
  const without = mapped.replace("virtualNodes: true", "virtualNodes: false");
  expect(await stage.pass({ document: without })).toMatchObject({
    ok: true,
    drift: { missing: 0, stale: 0, changed: 0 },
  });
  expect(idsOf(stage)).toEqual([`colorapp/${ECS}`, ...LIVE]);
});

function mappingOf(service: string, selector: string): string {
  return `  - { service: ${service}, pods: { namespace: ${walkthrough.kubernetesNamespace}, selector: "${selector}" }, port: 8080 }\n`;
}

async function openMigration(): Promise<Stage> {
  const stage = await openStage(CAREFUL, load);
  onTestFinished(() => stage.close());
  const [namespace] = stage.cloudMap.namespaces.values();
  if (namespace === undefined) throw new Error("the stage has no namespace");
  for (const name of ["colorapp", "front"]) {
    const service = seedService(stage.cloudMap, namespace, { name });
    for (const query of walkthrough.queries.filter((one) => one.service === name)) {
      for (const { InstanceId, Attributes } of query.instances)
        seedInstance(stage.cloudMap, service, InstanceId, Attributes);
    }
    if (name === "colorapp")
      seedInstance(stage.cloudMap, service, ECS, { AWS_INSTANCE_IPV4: ECS, ECS_CLUSTER_NAME: "legacy" });
  }
  return stage;
}

function load(kubernetes: KubernetesWorld): void {
  loadWalkthrough(kubernetes);
  const { pods, kubernetesNamespace: namespace } = walkthrough;
  for (const { name, labels } of pods) {
    kubernetes.remove({ kind: "Pod", name, namespace });
    const owner = name.slice(0, name.lastIndexOf("-"));
    const put = (pod: string, ip: string) =>
      kubernetes.put(
        podObject({
          name: pod,
          namespace,
          ip,
          labels,
          owner,
          ready: false,
          readinessGates: [GATE],
          conditions: [{ type: "ContainersReady", status: "True" }],
        }),
      );
    if (name.startsWith("colorapp-blue")) put(name, BLUE);
    if (name.startsWith("colorapp-red")) {
      put(`${owner}-reuse`, RED);
      put(`${owner}-fresh`, NEW_RED);
    }
    if (name.startsWith("front")) put(`${owner}-fresh`, NEW_FRONT);
  }
}

/** Tells which live instances were there and then were not, looked at before each write and now. */
function watchLive(stage: Stage): () => readonly string[] {
  const lost: string[] = [];
  const before = liveOf(stage);
  const look = () => lost.push(...before.filter((id) => !liveOf(stage).includes(id)));
  stage.cloudMap.options.fault = ({ operation }) => {
    if (operation === "RegisterInstance" || operation === "DeregisterInstance") look();
    return undefined;
  };
  return () => {
    look();
    return lost;
  };
}

function liveOf(stage: Stage): readonly string[] {
  return idsOf(stage).filter((id) => LIVE.includes(id));
}

function idsOf(stage: Stage): readonly string[] {
  return showInstances(stage).map(({ id }) => id);
}

function stampedIn(stage: Stage): readonly string[] {
  return showInstances(stage).flatMap(({ id, attributes }) => (attributes[OWNER_KEY] === "walkthrough" ? [id] : []));
}

function showInstances({ cloudMap }: Stage): readonly { id: string; attributes: Readonly<Record<string, string>> }[] {
  return [...cloudMap.services.values()]
    .flatMap(({ name, instances }) =>
      [...instances.values()].map(({ id, attributes }) => ({ id: `${name}/${id}`, attributes })),
    )
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function linesOf({ services }: Report): readonly string[] {
  return services
    .flatMap(({ service, changes, held }) => [
      ...changes.map(({ kind, id, reason }) => `${service}: ${kind} ${id} ${reason}`),
      ...held.map(({ kind, id, reason }) => `${service}: ${kind} ${id} held: ${reason}`),
    ])
    .toSorted();
}
