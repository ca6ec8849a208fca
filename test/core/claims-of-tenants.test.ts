import { describe, expect, test } from "vitest";
import type { BrokenClaim } from "../../functions/core/claim-problem.ts";
import type { Claim, Instance } from "../../functions/core/model.ts";
import type { SourceRead } from "../../functions/core/ports.ts";
import { claim, claims, instance, pod } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";

/** What is wrong with a claim made in the cluster holds the living pods that it is about, and nothing and nobody else. */

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const web2 = pod({ name: "web-2", ip: "10.0.0.2" });
const strayed = pod({ name: "web-3", ip: "10.0.0.3", labels: { app: "stray" } });
const registered = instance({ id: "10.0.0.3", pod: "web-3" });
const gone = instance({ id: "10.0.0.9", pod: "web-9" });
/** Two that stay, so that the guard has no say. */
const given = {
  pods: [web1, web2, strayed],
  instances: { web: [instance(), instance({ id: "10.0.0.2", pod: "web-2" }), registered, gone] },
};
const ofService = (wanted: Partial<Claim> = {}): Claim =>
  claim({ from: "shop", origin: { source: "services", rank: 1, name: "Service shop/stray" }, pods: STRAYS, ...wanted });
const STRAYS = { namespace: "shop", labelSelector: "app=stray" };

describe("what is wrong with a claim", () => {
  const createServices = false;
  test.each<[string, SourceRead, object, string, object]>([
    [
      "not allowed",
      claims(ofService({ from: "team-x" })),
      { allow: ALLOW },
      "held: not-allowed",
      { reason: "not-allowed" },
    ],
    [
      "outside the namespaces",
      claims(ofService({ namespace: "other.local" })),
      {},
      "removed",
      { reason: "not-allowed" },
    ],
    [
      "broken, of the service, about its selector",
      broken({ service: "web", pods: STRAYS }),
      {},
      "held: invalid",
      { reason: "invalid" },
    ],
    [
      "broken, of the service, about other pods",
      broken({ service: "web", pods: { ...STRAYS, labelSelector: "app=x" } }),
      {},
      "removed",
      { reason: "invalid" },
    ],
    [
      "broken, of no known service, about its selector",
      broken({ pods: STRAYS }),
      {},
      "held: invalid",
      { reason: "invalid", service: null },
    ],
    ["broken, of no known service, about its whole namespace", broken({}), {}, "held: invalid", { reason: "invalid" }],
    [
      "broken, of another Kubernetes namespace",
      broken({ from: "team-b" }),
      {},
      "removed",
      { reason: "invalid", from: "team-b" },
    ],
    [
      "broken, of a namespace that may claim nothing",
      broken({ from: "team-x" }),
      { allow: ALLOW },
      "removed",
      { reason: "not-allowed", from: "team-x" },
    ],
    [
      "to a service that is missing and may not be created",
      claims(ofService({ service: "missing" })),
      { createServices },
      "held: waiting",
      { reason: "no-service", service: "missing" },
    ],
  ])(
    "%s is in the report's claims, and its living pod's instance is then as it should be",
    async (_, source, settings, expected, problem) => {
      const { report, registry } = await pass({ ...given, sources: [claims(claim()), source], settings });
      expect(report.ok).toBe(true);
      expect(report.errors).toEqual([]);
      expect(report.claims).toMatchObject([problem]);
      const ids = [...(registry.get("web")?.keys() ?? [])];
      expect(ids).toEqual(expected === "removed" ? ["10.0.0.1", "10.0.0.2"] : ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
      const held = report.services
        .find(({ service }) => service === "web")
        ?.held.filter(({ kind }) => kind === "deregister");
      expect(held?.map(({ reason }) => `held: ${reason}`)).toEqual(expected === "removed" ? [] : [expected]);
    },
  );

  test("stays with the service that it is of, and leaves its others to go on", async () => {
    const { report, registry } = await pass({
      ...given,
      instances: { web: [gone] },
      sources: [claims(claim()), broken({ service: "web" })],
    });
    expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(report.services).toMatchObject([{ error: null, held: [{ kind: "claim", isFailure: false }] }]);
  });
});

describe("two claims of one source that disagree about a pod", () => {
  const one = pod({ name: "web-1", ip: "10.0.0.1", labels: { app: "web", tier: "b" } });
  const sources = [
    claims(
      virtualNode("a"),
      virtualNode("b", { pods: { namespace: "shop", labelSelector: "tier=b" }, ports: claim({ ports: [81] }).ports }),
    ),
  ];

  test("hold that pod alone: others come, pods that are gone go", async () => {
    const { report, registry } = await pass({ pods: [one, web2], instances: { web: [instance(), gone] }, sources });
    expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(report).toMatchObject({
      ok: true,
      services: [{ error: null, held: [{ kind: "claim", reason: "ambiguous", isFailure: false }] }],
      claims: [{ reason: "ambiguous", claim: "VirtualNode shop/a, VirtualNode shop/b", from: "shop" }],
    });
  });

  test("let its instance go once it is gone", async () => {
    const { registry } = await pass({ pods: [web2], instances: { web: [instance(), gone] }, sources });
    expect([...(registry.get("web")?.keys() ?? [])]).toEqual(["10.0.0.2"]);
  });
});

describe("what is wrong in the operator's own document is a failure", () => {
  test.each<[string, readonly Claim[], object]>([
    ["a namespace that it does not name", [claim({ namespace: "other.local" })], {}],
    [
      "two mappings that disagree",
      [claim(), claim({ ports: [81], origin: { source: "configuration", rank: 0, name: "mappings[1]" } })],
      {},
    ],
    ["a port that no pod has", [claim({ ports: ["http"] })], {}],
    ["a missing service that may not be created", [claim({ service: "missing" })], { createServices: false }],
  ])("%s", async (_, wanted, settings) => {
    const { report } = await pass({ ...given, sources: [claims(...wanted)], settings });
    expect(report.ok).toBe(false);
    expect(report.claims).toEqual([]);
  });
});

describe("more claims of one Kubernetes namespace than count", () => {
  const pods = ["a", "b", "c"].map((name, index) =>
    pod({ name: `${name}-1`, ip: `10.0.5.${index}`, namespace: "team-a", labels: { app: name } }),
  );
  const made = ["a", "b", "c"].map((name, index) =>
    claim({
      service: name,
      from: "team-a",
      createdAt: `2026-11-0${3 - index}T00:00:00Z`,
      origin: { source: "services", rank: 1, name: `Service team-a/${name}` },
      pods: { namespace: "team-a", labelSelector: `app=${name}` },
    }),
  );
  const many = {
    pods: [...pods, web1],
    sources: [claims(claim()), claims(...made)],
    settings: { claims: { perNamespace: 2 } },
  };

  test("only the oldest count, and it is reported once", async () => {
    const { report, registry } = await pass({ ...many, instances: {} });
    expect([...registry.keys()].toSorted()).toEqual(["b", "c", "web"]);
    expect(report).toMatchObject({ ok: true, claims: [{ reason: "too-many", from: "team-a", service: null }] });
    expect(report.claims[0]?.problem).toMatch(/3 claims.*oldest 2.*claims\.perNamespace/);
  });

  test("no living pod's instance of those beyond is removed, forced or not; gone ones go", async () => {
    const a = [ofTeamA("10.0.5.0", "a-1"), ofTeamA("10.0.5.9", "a-9")];
    const { report, registry } = await pass({ ...many, instances: { a }, request: { force: true } });
    expect([...(registry.get("a")?.keys() ?? [])]).toEqual(["10.0.5.0"]);
    expect(report.services[0]).toMatchObject({ service: "a", held: [{ id: "10.0.5.0", reason: "too-many" }] });
  });

  test.each<[string, SourceRead, object]>([
    [
      "that cannot be understood",
      { source: "services", rank: 1, state: "read", claims: [], broken: ["a", "b", "c"].map(brokenOfTeamA) },
      {},
    ],
    ["that are not allowed", claims(...made), { allow: [{ from: "shop", services: ["*"] }] }],
  ])("no living pod's instance of those %s is removed, however many there are", async (_, source, wanted) => {
    const left = ["a", "b", "c"].map((name, index) => ofTeamA(`10.0.5.${index}`, `${name}-1`));
    const { registry } = await pass({
      ...many,
      instances: { web: [instance(), ...left] },
      sources: [claims(claim()), source],
      settings: { ...many.settings, ...wanted },
    });
    expect(registry.get("web")?.size).toBe(4);
  });

  test("claims that `allow` refuses do not push out those that it allows", async () => {
    const refused = Array.from({ length: 3 }, (_, index) =>
      claim({
        service: `x-${index}`,
        from: "team-a",
        createdAt: "2020-01-01T00:00:00Z",
        origin: { source: "services", rank: 1, name: `Service team-a/x-${index}` },
      }),
    );
    const allow = [{ from: "team-a", services: ["a", "b"] }];
    const sources = [claims(...made.slice(0, 2), ...refused)];
    const { report, registry } = await pass({ ...many, instances: {}, sources, settings: { ...many.settings, allow } });
    expect([...registry.keys()].toSorted()).toEqual(["a", "b"]);
    expect(report.claims.map(({ reason }) => reason)).toEqual(["not-allowed", "not-allowed", "too-many"]);
  });
});

describe("what a tenant writes is cut and escaped, however long it is", () => {
  const long = "x".repeat(250_000);

  test.each<[string, SourceRead, object]>([
    ["a service's name", twenty({ service: long }), {}],
    ["a service's name that is not allowed", twenty({ service: long, from: "team-x" }), { allow: ALLOW }],
    ["a namespace's name", twenty({ namespace: long }), {}],
    ["a broken claim's", broken({ service: long, namespace: long }), {}],
    ["a name of two lines", twenty({ service: "web\nok: true" }), {}],
  ])("%s", async (_, source, settings) => {
    const { report } = await pass({ ...given, sources: [claims(claim()), source], settings });
    expect(JSON.stringify(report).length).toBeLessThan(20_000);
    expect(report.services.some(({ service, namespace }) => /[\n]/.test(`${service}${namespace}`))).toBe(false);
    expect(report.claims[0]?.problem).not.toMatch(/\n/);
  });
});

const ALLOW = [{ from: "shop", services: ["*"] }];

function broken(wanted: Partial<BrokenClaim>): SourceRead {
  const origin = { source: "services", rank: 1, name: "Service shop/broken" } as const;
  const one = { origin, from: "shop", namespace: undefined, service: undefined, problem: "it makes no sense" };
  return { source: "services", rank: 1, state: "read", claims: [], broken: [{ ...one, ...wanted }] };
}

function brokenOfTeamA(name: string): BrokenClaim {
  return {
    origin: { source: "services", rank: 1, name: `Service team-a/${name}` },
    from: "team-a",
    namespace: undefined,
    service: "web",
    pods: { namespace: "team-a", labelSelector: `app=${name}` },
    problem: "it makes no sense",
  };
}

function virtualNode(name: string, wanted: Partial<Claim> = {}): Claim {
  return claim({
    from: "shop",
    origin: { source: "virtualNodes", rank: 2, name: `VirtualNode shop/${name}` },
    ...wanted,
  });
}

function ofTeamA(id: string, name: string): Instance {
  return instance({ id, pod: name, attributes: { "k8s.io/namespace": "team-a", app: "a" } });
}

function twenty(wanted: Partial<Claim>): SourceRead {
  return claims(...Array.from({ length: 20 }, () => ofService(wanted)));
}
