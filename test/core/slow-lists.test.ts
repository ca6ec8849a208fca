import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createHistory } from "../../functions/core/history.ts";
import type { History } from "../../functions/core/history.ts";
import type { Claim, CloudMapNamespace, Instance } from "../../functions/core/model.ts";
import type { World } from "../../functions/core/ports.ts";
import { reconcile } from "../../functions/core/reconcile.ts";
import type { Request } from "../../functions/core/request.ts";
import type { Settings } from "../../functions/core/settings.ts";
import { claim, claims, instance, namespace, pod, request, service, settings } from "../support/builders.ts";
import { createMemoryWorld, memoryCluster, memoryRegistry } from "../support/memory-world.ts";
import type { PortCall } from "../support/memory-world.ts";

/** Cloud Map namespaces whose services are listed slowly: ListServices gives one list a second. */

const webClaim = claim({ namespace: "here.local" });
const apiClaim = claimOf(1, { service: "api", pods: { namespace: "shop", labelSelector: "app=api" } });
const both = { claims: [webClaim, apiClaim], held: { "here.local": { web: [] }, "far.local": { api: [] } } };
const moved = {
  claims: [claimOf(1, { service: "web-new" })],
  held: { "here.local": { web: [instance()] }, "far.local": { "web-new": [] } },
  settings: { retired: ["web"] },
};

describe("while the services of a namespace are being listed", () => {
  test("those of others are reconciled, and its own once they are known, none created that is there", async () => {
    const { story, report } = await pass(both);
    expect(story).toEqual(["web: register 10.0.0.1", "far.local", "api: register 10.0.1.1"]);
    expect(report).toMatchObject({ ok: true, services: [{ registered: 1 }, { registered: 1 }] });
  });

  test("a pod that one of them is to take over stays where it is until it is there too", async () => {
    const { story } = await pass(moved);
    expect(story).toEqual(["far.local", "web-new: register 10.0.0.1", "web: deregister 10.0.0.1"]);
  });

  test("a pod that one of them holds already may leave another, in a pass that is not about them", async () => {
    const held = { "here.local": { web: [instance()] }, "far.local": { "web-new": [instance()], other: [] } };
    const scopes = [{ kind: "service", service: "web", namespace: "here.local" }] as const;
    const { story } = await pass({ ...moved, held, request: { scopes } });
    expect(story).toEqual(["far.local", "web: deregister 10.0.0.1"]);
  });

  test("a service goes on once its own namespace's have come, whatever other lists take", async () => {
    const { story } = await pass({
      claims: [apiClaim, claimOf(2, { service: "web", namespace: "farther.local" })],
      held: { "far.local": { api: [] }, "farther.local": { web: [] } },
      request: { sweep: false },
    });
    expect(story).toEqual(["far.local", "api: register 10.0.1.1", "farther.local", "web: register 10.0.0.1"]);
  });

  test("and cannot be listed, the pod stays, and waits", async () => {
    const { story, report } = await pass({ ...moved, failure: new Error("no answer") });
    expect(story).toEqual(["far.local"]);
    expect(report.services.find((one) => one.service === "web")?.held).toMatchObject([{ reason: "waiting" }]);
  });

  test.each<[string, Pick<Given, "settings" | "request">]>([
    ["through a kubeconfig nothing is decided: the cluster may be a wrong one", { settings: viaKubeconfig() }],
    ["nothing is decided in a dry run, which shows the same whichever comes first", { request: { dryRun: true } }],
  ])("%s", async (_, given) => {
    const { steps } = await pass({ ...both, ...given });
    expect(steps.indexOf("list-instances")).toBeGreaterThan(steps.indexOf("far.local"));
  });

  test("again, as somebody else has created one of them, only its own pods wait", async () => {
    const { story } = await pass({ ...both, isLate: true });
    expect(story).toEqual(["web: register 10.0.0.1", "far.local", "api: register 10.0.1.1"]);
  });

  test("anew for a sweep, what was known of them does, for every look", async () => {
    const { story } = await pass({
      claims: [apiClaim],
      held: { "here.local": {}, "far.local": { api: [instance()] } },
      isKnown: true,
    });
    expect(story).toEqual(["api: register 10.0.1.1", "api: deregister 10.0.0.1", "far.local"]);
  });

  test("again and again, it is left to the next pass", async () => {
    const { report } = await pass({ ...both, isLate: true, isForgotten: true });
    expect(report.services).toMatchObject([{ service: "api", registered: 0 }, { registered: 1 }]);
  });
});

test("services that cannot be listed fail in their namespace alone, whatever it is called", async () => {
  const { story, report } = await pass({
    ...both,
    failure: new Error("no answer"),
    asked: ["here.local", "ns-far.local"],
  });
  expect(story).toEqual(["web: register 10.0.0.1", "far.local"]);
  expect(report).toMatchObject({
    ok: false,
    errors: ["no answer"],
    services: [
      { service: "api", error: "no answer" },
      { service: "web", error: null, registered: 1 },
    ],
  });
});

test("a namespace whose list has not come when the time is up is unfinished", async () => {
  let now = 0;
  const { report } = await pass({
    ...both,
    now: () => now,
    request: { deadline: 1_000 },
    onList: () => {
      now = 1_000;
    },
  });
  expect(report.services).toMatchObject([
    { service: "api", held: [{ reason: "unfinished" }] },
    { service: "web", registered: 1 },
  ]);
});

describe("the namespaces that are listed", () => {
  test.each<[string, Partial<Request>, readonly string[]]>([
    ["of a pass over everything: those that claims name", { sweep: false }, ["here.local"]],
    ["of a sweep: all", {}, ["far.local", "here.local"]],
    [
      "of a sweep over a Kubernetes namespace: those that its claims name",
      { scopes: [{ kind: "namespace", namespace: "shop" }] },
      ["here.local"],
    ],
    [
      "of a pass over a service of a namespace: that one, whoever claims it",
      { sweep: false, scopes: [{ kind: "service", service: "web", namespace: "far.local" }] },
      ["far.local"],
    ],
    [
      "of a pass over a service: those that its claims name",
      { sweep: false, scopes: [{ kind: "service", service: "web", namespace: undefined }] },
      ["here.local"],
    ],
    [
      "of a pass over a service that nobody claims: all, as it may be in any",
      { sweep: false, scopes: [{ kind: "service", service: "old", namespace: undefined }] },
      ["far.local", "here.local"],
    ],
    [
      "of a pass over a Kubernetes namespace that claims nothing: none",
      { sweep: false, scopes: [{ kind: "namespace", namespace: "elsewhere" }] },
      [],
    ],
  ])("%s", async (_, asked, expected) => {
    const { listed } = await pass({ ...both, claims: [webClaim], request: asked });
    expect([...new Set(listed)].toSorted()).toEqual(expected);
  });

  test("of a pass over a Kubernetes namespace: those that its own claims name", async () => {
    const others = claimOf(1, { service: "api", pods: { namespace: "bank", labelSelector: "app=api" } });
    const scopes = [{ kind: "namespace", namespace: "shop" }] as const;
    const { listed } = await pass({ ...both, claims: [webClaim, others], request: { sweep: false, scopes } });
    expect(listed).toEqual(["here.local"]);
  });
});

test("a report tells how many instances each namespace holds, sorted by name", async () => {
  const { report } = await pass({ claims: [], held: { "z.local": { web: [orphan()] }, "a.local": {} } });
  expect(report.namespaces).toEqual([
    { namespace: "a.local", instances: 0, swept: true },
    { namespace: "z.local", instances: 1, swept: true },
  ]);
});

describe("sweeps over many namespaces", () => {
  const names = Array.from({ length: 60 }, (_, index) => `shop-${index + 10}.local`);
  const held = Object.fromEntries(names.map((name) => [name, { [`old-${name}`]: [orphan()] }]));
  const given = { claims: [], held, request: { spreads: true } };

  test("take 40 of them each, those that have waited longest first", async () => {
    const history = createHistory();
    const [first, second, third] = [await sweep(history, 1), await sweep(history, 2), await sweep(history, 3)];
    expect([first, second, third].map(({ length }) => length)).toEqual([40, 40, 40]);
    expect(new Set([...first, ...second]).size).toBe(60);
    expect(third.filter((name) => second.includes(name)).length).toBe(20);
  });

  test("begin somewhere in a process that knows of none before", async () => {
    const { listed } = await pass({ ...given, request: { ...given.request, start: 0.5 } });
    expect(new Set(listed)).toEqual(new Set([...names.slice(30), ...names.slice(0, 10)]));
  });

  test("tell which they took, and look for orphans in these", async () => {
    const { report } = await pass(given);
    const swept = report.namespaces.filter((one) => one.swept).map((one) => one.namespace);
    expect(report.services.map((one) => one.namespace)).toEqual(swept);
    expect(swept).toHaveLength(40);
  });

  test("that a person asks for take all", async () => {
    const { listed } = await pass({ ...given, request: {} });
    expect(listed).toHaveLength(60);
  });

  test("leave what was contested in the others as it is", async () => {
    const history = createHistory();
    const removal = { service: "srv-x", id: "10.0.0.1", pod: "shop/web-1", at: 0 };
    for (const _ of [1, 2]) history.noteRemoval(removal);
    history.noteContested(removal);
    history.beginSweep();
    history.endSweep(new Set(["srv-y"]));
    expect(history.timesRemoved(removal)).toBe(2);
    history.beginSweep();
    history.endSweep(new Set(["srv-x"]));
    expect(history.timesRemoved(removal)).toBe(0);
  });

  async function sweep(history: History, now: number): Promise<readonly string[]> {
    const { listed } = await pass({ ...given, history, now: () => now });
    return listed;
  }
});

type Given = {
  readonly claims: readonly Claim[];
  /** Instances by service, by namespace; the services of `far.local` are listed once all else rests, those of `farther.local` after that. */
  readonly held: Readonly<Record<string, Readonly<Record<string, readonly Instance[]>>>>;
  readonly settings?: Partial<Settings>;
  readonly request?: Partial<Request>;
  /** Why the services of `far.local` cannot be listed. */
  readonly failure?: Error;
  /** Whether a first list of them comes at once, and shows none. */
  readonly isLate?: boolean;
  /** Whether only lists that are to be fresh are slow. */
  readonly isKnown?: boolean;
  /** Whether every list is a slow one, as if what they show were forgotten at once. */
  readonly isForgotten?: boolean;
  /** How the configuration names the namespaces; by default by their names. */
  readonly asked?: readonly string[];
  readonly history?: History;
  readonly now?: () => number;
  readonly onList?: () => void;
};

/** One pass. `story`: what was written, and when the list of `far.local` came; `steps`: the same for every call. */
async function pass({ held, failure, asked = Object.keys(held), history, now = () => 0, onList, ...given }: Given) {
  let [isHidden, isRemembered] = [given.isLate === true, given.isKnown === true];
  const steps: string[] = [];
  const story: string[] = [];
  const listed: string[] = [];
  const all = Object.assign({}, ...Object.values(held)) as Readonly<Record<string, Instance[]>>;
  const registry = memoryRegistry(all);
  const before = async (call: PortCall) => {
    steps.push(call.kind);
    if (call.kind === "write") story.push(`${call.service}: ${call.change.kind} ${call.change.id}`);
  };
  const pods = memoryCluster(pod(), pod({ name: "api-1", ip: "10.0.1.1", labels: { app: "api" } }));
  const hooks = { before, now, ...(history === undefined ? {} : { history }) };
  const base = createMemoryWorld(
    pods,
    registry,
    [claims(...given.claims)],
    settings({ ...given.settings, namespaces: [...asked] }),
    hooks,
  );
  const namespaces = Object.keys(held).map(namespaceCalled);
  const world: World = {
    ...base,
    registry: {
      ...base.registry,
      listNamespaces: async () => namespaces.map((value, index) => ({ asked: asked[index] ?? "", read: { value } })),
      listServicesIn: async (within, _until, { fresh } = { fresh: false }) => {
        listed.push(within.name);
        if (within.name === "far.local" && isHidden) {
          isHidden = false;
          return [];
        }
        if (within.name === "far.local" && (fresh || !isRemembered)) {
          await setImmediate();
          isRemembered = failure === undefined && given.isForgotten !== true;
          for (const tale of [steps, story]) tale.push("far.local");
          onList?.();
          if (failure !== undefined) throw failure;
        }
        if (within.name === "farther.local") {
          for (const _ of [1, 2]) await setImmediate();
          story.push("farther.local");
        }
        return Object.entries(held[within.name] ?? {}).map(([name, instances]) =>
          service({ name, namespace: within, instanceCount: instances.length }),
        );
      },
    },
  };
  const report = await reconcile(request(given.request), world);
  return { report, steps, story, listed };
}

function namespaceCalled(name: string): CloudMapNamespace {
  return namespace({ name, id: `ns-${name}` });
}

function claimOf(index: number, wanted: Partial<Claim>): Claim {
  const origin = { source: "configuration", rank: 0, name: `mappings[${index}]` };
  return { ...claim(), namespace: "far.local", origin, ...wanted };
}

function orphan(): Instance {
  return instance({ id: "10.0.9.9", pod: "old-1" });
}

function viaKubeconfig(): Partial<Settings> {
  const { identity } = settings();
  return { identity: { ...identity, arn: undefined } };
}
