import { describe, expect, test } from "vitest";
import { OWNER_KEY } from "../../functions/core/attributes.ts";
import { lines, plan } from "../support/scene.ts";
import { CLUSTER, instance, mapping, OWNER, pod } from "../support/builders.ts";

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
    "removes a pod that no mapping chooses any more, where another stays",
    { pods: [web2], others: [web1], instances: [instance(), instance({ id: "10.0.0.2", pod: "web-2" })] },
    ["deregister 10.0.0.1 unselected"],
  ],
  [
    "removes a pod whose service nobody claims any more, where that is said in `retired`",
    { mappings: [], others: [web1], instances: [instance()], subject: { isRetired: true } },
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

describe("what cannot be an instance of the service", () => {
  test.each<[string, Parameters<typeof plan>[0], RegExp]>([
    ["SRV without a port", { kind: { records: ["SRV"] } }, /SRV records, which need a port/],
    ["A without an IPv4 address", { pods: [pod({ ip: "fd00::1" })] }, /A records, and the pod has no IPv4/],
    ["AAAA without an IPv6 address", { kind: { records: ["AAAA"] } }, /AAAA records, and the pod has no IPv6/],
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
      { kind: "register", reason: "invalid", remedy: expect.stringMatching(remedy) as string, isOperators: true },
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
  expect(warnings).toEqual([
    expect.stringMatching(/^shop\.local\/web \(mappings\[0\]\): labels left out .*label-38, label-39;/),
  ]);
});

test("the owner is stamped on every instance", () => {
  expect(plan({ pods: [web1] }).changes).toMatchObject([{ attributes: { [OWNER_KEY]: OWNER } }]);
});

test.each([
  ["keep", "none", 1],
  ["remove", "none", 0],
  ["remove", "custom", 1],
] as const)(
  "whenAllUnready: %s, health %s: of an unready pod that is registered and one that is not, %i should be",
  (whenAllUnready, health, expected) => {
    const pods = [
      { ...web1, state: "not-ready" },
      { ...web2, state: "not-ready" },
    ] as const;
    expect(plan({ pods, instances: [instance()], kind: { health }, settings: { whenAllUnready } }).desired).toBe(
      expected,
    );
  },
);

test("a plan counts what should be registered, and what is ours", () => {
  const instances = [
    instance(),
    instance({ id: "10.0.0.7", pod: "web-7" }),
    instance({ id: "10.0.0.8", owner: "other" }),
  ];
  const { desired, ours, foreign } = plan({
    pods: [web1, web2, { ...unready, key: { namespace: "shop", name: "web-3" }, ips: ["10.0.0.3"] }],
    instances,
  });
  expect({ desired, ours, foreign }).toEqual({ foreign: 1, desired: 2, ours: ["10.0.0.1", "10.0.0.7"] });
});

test("what says of no cluster is ours while its pod lives here, and what a previous owner left here is ours too", () => {
  const instances = [
    instance({ cluster: undefined }),
    instance({ id: "10.0.0.7", pod: "web-7", cluster: undefined }),
    instance({ id: "10.0.0.8", pod: "web-8", owner: "old" }),
  ];
  const identity = { cluster: CLUSTER, arn: undefined, mayBeEmpty: false };
  const settings = { previousOwners: ["old"], identity };
  expect(plan({ pods: [web1], instances, settings })).toMatchObject({ ours: ["10.0.0.1", "10.0.0.8"], foreign: 1 });
});

test("a plan is by id, in whatever order instances are listed", () => {
  const ids = ["10.0.0.3", "10.0.0.1", "10.0.0.2"];
  const planned = plan({ instances: ids.map((id) => instance({ id, pod: `web-${id}` })) });
  expect(planned.ours).toEqual(ids.toSorted());
  expect(planned.changes.map(({ id }) => id)).toEqual(ids.toSorted());
});
