import { describe, expect, test } from "vitest";
import { INIT_HEALTH_KEY, OWNER_KEY } from "../../functions/core/attributes.ts";
import { instance, lines, mapping, OWNER, plan, pod } from "../support/builders.ts";

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const web2 = pod({ name: "web-2", ip: "10.0.0.2" });
const unready = { ...web1, state: "not-ready" } as const;
const gone = { ...web1, state: "gone" } as const;
const CUSTOM = { health: "custom" } as const;
/** Another owner's, ECS's, somebody's by hand. */
const FOREIGN = [
  instance({ owner: "arn:aws:eks:eu-west-1:111122223333:cluster/other" }),
  instance({ owner: undefined, attributes: { ECS_CLUSTER_NAME: "legacy", "k8s.io/pod": undefined } }),
  instance({ owner: undefined, attributes: { "k8s.io/pod": undefined, "k8s.io/namespace": undefined } }),
];

test.each<[string, Parameters<typeof plan>[0], string[]]>([
  ["registers a ready pod that is missing", { pods: [web1] }, ["register 10.0.0.1 missing"]],
  ["leaves an instance alone that is as it should be", { pods: [web1], instances: [instance()] }, []],
  [
    "registers again what has drifted",
    { pods: [web1], instances: [instance({ attributes: { app: "old" } })] },
    ["register 10.0.0.1 drifted"],
  ],
  [
    "stamps a previous owner's instance anew",
    { pods: [web1], instances: [instance({ owner: "old" })], settings: { previousOwners: ["old"] } },
    ["register 10.0.0.1 adopted"],
  ],
  ["leaves a pod out that is not ready", { pods: [unready] }, []],
  [
    "removes a pod that is not ready while another is",
    { pods: [unready, web2], instances: [instance(), instance({ id: "10.0.0.2", pod: "web-2" })] },
    ["deregister 10.0.0.1 pod-not-ready"],
  ],
  [
    "does not touch a foreign instance for a pod that is not ready",
    { pods: [unready], instances: FOREIGN.slice(0, 1) },
    [],
  ],
  ["removes a pod that is gone", { pods: [gone], instances: [instance()] }, ["deregister 10.0.0.1 pod-gone"]],
  ["removes a pod that no list shows", { instances: [instance()] }, ["deregister 10.0.0.1 pod-gone"]],
  [
    "removes a pod that no mapping chooses any more",
    { others: [web1], instances: [instance()] },
    ["deregister 10.0.0.1 unselected"],
  ],
  [
    "removes a pod whose service nobody claims any more",
    { mappings: [], others: [web1], instances: [instance()] },
    ["deregister 10.0.0.1 unmapped"],
  ],
  [
    "calls a pod gone, not unmapped, that is not there either",
    { mappings: [], instances: [instance()] },
    ["deregister 10.0.0.1 pod-gone"],
  ],
])("%s", (_, wanted, expected) => {
  expect(lines(plan(wanted))).toEqual(expected);
});

describe("foreign instances", () => {
  test.each(FOREIGN)("are held where a pod needs their id, and never changed: $attributes", (foreign) => {
    expect(lines(plan({ pods: [web1], instances: [foreign] }))).toEqual(["register 10.0.0.1 held: foreign"]);
  });

  test.each(FOREIGN)("are never removed: $attributes", (foreign) => {
    expect(lines(plan({ instances: [foreign] }))).toEqual([]);
    expect(lines(plan({ mappings: [], instances: [foreign] }))).toEqual([]);
  });

  test("are told by their owner, with what to do", () => {
    const [held] = plan({ pods: [web1], instances: FOREIGN.slice(0, 1) }).held;
    expect(held?.remedy).toContain("cluster/other");
    expect(held?.remedy).toContain("previousOwners");
  });
});

describe("an address that another pod has now", () => {
  const web9 = pod({ name: "web-9", ip: "10.0.0.1" });

  test("is one registration and no removal", () => {
    const { changes } = plan({ pods: [gone, web9], instances: [instance()] });
    expect(changes).toEqual([
      expect.objectContaining({ kind: "register", reason: "drifted", keys: ["k8s.io/pod"], pod: web9.key }),
    ]);
  });

  test("loses the old pod's instance while the new one is not ready", () => {
    const planned = plan({ pods: [{ ...web9, state: "not-ready" }], instances: [instance()] });
    expect(lines(planned)).toEqual(["deregister 10.0.0.1 pod-gone"]);
  });

  test("loses it with custom health too: the new pod waits until it is ready", () => {
    const planned = plan({ pods: [{ ...web9, state: "not-ready" }], instances: [instance()], kind: CUSTOM });
    expect(lines(planned)).toEqual(["deregister 10.0.0.1 pod-gone"]);
  });

  test("is gone in the service that had it, where the new pod belongs to another service", () => {
    expect(lines(plan({ others: [web9], instances: [instance()] }))).toEqual(["deregister 10.0.0.1 pod-gone"]);
  });
});

test("a StatefulSet's pod that returns at another address is gone at the old one", () => {
  const returned = pod({ name: "web-1", ip: "10.0.0.3" });
  expect(lines(plan({ pods: [returned], instances: [instance()] }))).toEqual([
    "deregister 10.0.0.1 pod-gone",
    "register 10.0.0.3 missing",
  ]);
});

describe("when no pod is ready", () => {
  const instances = [instance(), instance({ id: "10.0.0.2", pod: "web-2" })];
  const pods = [unready, { ...web2, state: "not-ready" } as const];

  test("instances stay", () => {
    expect(lines(plan({ pods, instances }))).toEqual([]);
  });

  test("they are repaired as ready ones are", () => {
    const drifted = [instance({ attributes: { app: "old" } })];
    expect(lines(plan({ pods, instances: drifted }))).toEqual(["register 10.0.0.1 drifted"]);
  });

  test("pods that were never registered wait", () => {
    expect(lines(plan({ pods, instances: [] }))).toEqual([]);
  });

  test("`whenAllUnready: remove` removes them", () => {
    expect(lines(plan({ pods, instances, settings: { whenAllUnready: "remove" } }))).toEqual([
      "deregister 10.0.0.1 pod-not-ready",
      "deregister 10.0.0.2 pod-not-ready",
    ]);
  });

  test("pods that are gone go all the same", () => {
    const planned = plan({ pods: [unready], instances });
    expect(lines(planned)).toEqual(["deregister 10.0.0.2 pod-gone"]);
  });

  test("published pods are registered: their Service asks for it", () => {
    expect(lines(plan({ pods: [unready], mappings: [mapping({ unready: "publish" })] }))).toEqual([
      "register 10.0.0.1 missing",
    ]);
  });
});

describe("custom health", () => {
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
});

describe("an instance under another id than its pod's now", () => {
  const settings = { id: "ip-port" } as const;
  const mappings = [mapping({ ports: [8080] })];

  test("is replaced", () => {
    expect(lines(plan({ pods: [web1], mappings, instances: [instance()], settings }))).toEqual([
      "deregister 10.0.0.1 replaced",
      "register 10.0.0.1:8080 missing",
    ]);
  });

  test("stays while its successor is held as foreign", () => {
    const taken = instance({ id: "10.0.0.1:8080", owner: "other" });
    expect(lines(plan({ pods: [web1], mappings, instances: [instance(), taken], settings }))).toEqual([
      "register 10.0.0.1:8080 held: foreign",
    ]);
  });

  test("stays while its successor does not fit under the quota", () => {
    const pods = Array.from({ length: 600 }, (_, index) =>
      pod({ name: `web-${index}`, ip: `10.0.${index >> 8}.${index & 255}` }),
    );
    const instances = pods.map(({ key, ips: [id = ""] }) => instance({ id, pod: key.name }));
    const { changes, held } = plan({ pods, mappings, instances, settings });
    const registered = changes.filter(({ kind }) => kind === "register");
    const removed = changes.filter(({ kind }) => kind === "deregister");
    expect([registered.length, removed.length, held.length]).toEqual([400, 400, 200]);
    expect(removed.map(({ id }) => `${id}:8080`).sort()).toEqual(registered.map(({ id }) => id).sort());
  });

  test("stays while no pod is ready", () => {
    expect(lines(plan({ pods: [unready], mappings, instances: [instance()], settings }))).toEqual([]);
  });

  test("goes as not ready where another pod is", () => {
    expect(lines(plan({ pods: [unready, web2], mappings, instances: [instance()], settings }))).toEqual([
      "deregister 10.0.0.1 pod-not-ready",
      "register 10.0.0.2:8080 missing",
    ]);
  });

  test("is replaced by the one that names the shared address of the host network", () => {
    const host1 = pod({ name: "host-1", ip: "10.0.0.1", createdAt: "2026-11-01T07:00:00Z" });
    const host2 = pod({ name: "host-2", ip: "10.0.0.1" });
    const old = ["80", "81"].map((port, index) =>
      instance({ id: `10.0.0.1:${port}`, pod: `host-${index + 1}`, attributes: { AWS_INSTANCE_IPV4: "10.0.0.1" } }),
    );
    expect(lines(plan({ pods: [host1, host2], instances: old }))).toEqual([
      "register 10.0.0.1 missing",
      "deregister 10.0.0.1:80 replaced",
      "deregister 10.0.0.1:81 replaced",
    ]);
  });
});

describe("what cannot be an instance of the service", () => {
  test.each<[string, Parameters<typeof plan>[0], RegExp]>([
    ["SRV without a port", { kind: { records: ["SRV"] } }, /SRV records, which need a port/],
    ["A without an IPv4 address", { pods: [pod({ ip: "fd00::1" })] }, /A records, and the pod has no IPv4/],
    ["AAAA without an IPv6 address", { kind: { records: ["A", "AAAA"] } }, /AAAA records, and the pod has no IPv6/],
    ["CNAME", { kind: { records: ["CNAME"] } }, /CNAME/],
    ["an id with a port without one", { settings: { id: "ip-port" } }, /needs a port/],
    ["a name that no container port has", { mappings: [mapping({ ports: ["http"] })] }, /no container port named http/],
    [
      "an attribute that is not ASCII",
      { mappings: [mapping({ attributes: { team: "größe" } })] },
      /value of attribute team/,
    ],
  ])("is held with the reason: %s", (_, wanted, remedy) => {
    const planned = plan({ pods: [web1], ...wanted });
    expect(planned.changes).toEqual([]);
    expect(planned.held).toMatchObject([
      { kind: "register", reason: "invalid", remedy: expect.stringMatching(remedy) as string },
    ]);
  });

  test("keeps the instance that it has", () => {
    expect(lines(plan({ pods: [web1], instances: [instance()], kind: { records: ["SRV"] } }))).toEqual([
      "register 10.0.0.1 held: invalid",
    ]);
  });

  test("is held under the id that it would have", () => {
    const mappings = [mapping({ ports: [80], attributes: { team: "größe" } })];
    expect(lines(plan({ pods: [web1], mappings, settings: { id: "ip-port" } }))).toEqual([
      "register 10.0.0.1:80 held: invalid",
    ]);
  });
});

describe("attributes of others", () => {
  test("are drift", () => {
    const planned = plan({ pods: [web1], instances: [instance({ attributes: { weight: "5" } })] });
    expect(planned.changes).toMatchObject([{ reason: "drifted", keys: ["weight"] }]);
  });

  test("that are ignored are no drift, and are carried over", () => {
    const settings = { ignoreAttributes: ["weight"] };
    const theirs = instance({ attributes: { weight: "5" } });
    expect(lines(plan({ pods: [web1], instances: [theirs], settings }))).toEqual([]);
    const drifted = instance({ attributes: { weight: "5", app: "old" } });
    const { changes } = plan({ pods: [web1], instances: [drifted], settings });
    expect(changes).toMatchObject([{ keys: ["app"], attributes: { weight: "5", app: "web" } }]);
  });

  test("win over a label of the same key, once they are there", () => {
    const settings = { ignoreAttributes: ["app"] };
    const theirs = instance({ attributes: { app: "theirs", "k8s.io/pod": "web-1", extra: "x" } });
    const { changes } = plan({ pods: [web1], instances: [theirs], settings });
    expect(changes).toMatchObject([{ keys: ["extra"], attributes: { app: "theirs" } }]);
    expect(plan({ pods: [web1], settings }).changes).toMatchObject([{ attributes: { app: "web" } }]);
  });
});

test("labels that do not fit are told once a mapping", () => {
  const labels = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`label-${String(index).padStart(2, "0")}`, "x"]),
  );
  const { warnings, changes } = plan({
    pods: [
      { ...web1, labels },
      { ...web2, labels },
    ],
  });
  expect(changes).toHaveLength(2);
  expect(warnings).toEqual([expect.stringMatching(/^shop\.local\/web \(mappings\[0\]\): labels left out .*label-39/)]);
});

test("the owner is stamped on every instance", () => {
  expect(plan({ pods: [web1] }).changes).toMatchObject([{ attributes: { [OWNER_KEY]: OWNER } }]);
});

test("a plan counts what should be registered, what is ours and what lives on", () => {
  const instances = [
    instance(),
    instance({ id: "10.0.0.7", pod: "web-7" }),
    instance({ id: "10.0.0.8", owner: "other" }),
  ];
  const { desired, ours, remaining, isMapped } = plan({
    pods: [web1, web2, { ...unready, key: { namespace: "shop", name: "web-3" }, ips: ["10.0.0.3"] }],
    instances,
  });
  expect({ desired, ours, remaining, isMapped }).toEqual({
    desired: 2,
    ours: ["10.0.0.1", "10.0.0.7"],
    remaining: 2,
    isMapped: true,
  });
});
