import { describe, expect, test } from "vitest";
import { OPERATORS } from "../../functions/core/model.ts";
import type { Instance } from "../../functions/core/model.ts";
import { lines, plan } from "../support/scene.ts";
import { CLUSTER, instance, mapping, pod } from "../support/builders.ts";
import { crowd } from "../support/memory-world.ts";
import type { Crowd } from "../support/memory-world.ts";

describe("pods that are gone", () => {
  test("go without limit, down to the last", () => {
    expect(held(plan({ instances: crowd(100).instances }))).toBe(0);
  });

  test("count neither among those that leave nor among those that stay", () => {
    const [gone, leaving, staying] = [crowd(100), crowd(11, 100), crowd(10, 200)];
    const instances = [...gone.instances, ...leaving.instances, ...staying.instances];
    const planned = plan({ pods: staying.pods, others: leaving.pods, instances });
    expect(held(planned)).toBe(11);
    expect(planned.changes).toHaveLength(100);
  });
});

describe("living pods that no mapping chooses any more", () => {
  test.each<[number, number, number]>([
    [1, 0, 1],
    [10, 0, 10],
    [1, 1, 0],
    [10, 1, 0],
    [11, 1, 11],
    [11, 10, 11],
    [11, 11, 0],
    [20, 20, 0],
    [60, 140, 0],
  ])("%i that leave while %i stay: %i are held", (leaving, staying, expected) => {
    expect(held(leave(leaving, staying))).toBe(expected);
  });

  test("of a service that nobody claims stay to the last, however many they are", () => {
    const orphans = crowd(30);
    expect(held(plan({ mappings: [], others: orphans.pods, instances: orphans.instances }))).toBe(30);
  });

  test("are not outnumbered by what is only now registered: it counts once it is seen", () => {
    const next = crowd(20, 100);
    const blue = crowd(20);
    const scene = { pods: next.pods, others: blue.pods, instances: blue.instances };
    expect(held(plan(scene))).toBe(20);
    expect(held(plan({ ...scene, instances: [...blue.instances, ...next.instances] }))).toBe(0);
  });

  test("are weighed in a dry run against what it would register", () => {
    const next = crowd(20, 100);
    const blue = crowd(20);
    expect(held(plan({ pods: next.pods, others: blue.pods, instances: blue.instances }, { dryRun: true }))).toBe(0);
  });

  test("are not outnumbered by foreign instances, nor by those of another cluster", () => {
    const leaving = crowd(11);
    const foreign = crowd(100, 300).instances.map((one) => ({ ...one, attributes: { app: "theirs" } }));
    const elsewhere = crowd(100, 500).pods.map(({ key, ips: [id = ""] }) =>
      instance({ id, pod: key.name, cluster: "uid-other" }),
    );
    const others = [...leaving.pods, ...crowd(100, 300).pods, ...crowd(100, 500).pods];
    const settings = { identity: { cluster: CLUSTER, arn: undefined, mayBeEmpty: false } };
    const instances = [...leaving.instances, ...foreign, ...elsewhere];
    expect(held(plan({ others, instances, settings }))).toBe(11);
  });

  test.each<[string, Parameters<typeof instance>[0], Parameters<typeof plan>[0]]>([
    ["a previous owner has registered", { owner: "old" }, { settings: { previousOwners: ["old"] } }],
    [
      "say of no cluster",
      { cluster: undefined },
      { settings: { identity: { cluster: CLUSTER, arn: undefined, mayBeEmpty: false } } },
    ],
    ["have drifted", { attributes: { app: "old" } }, {}],
  ])("go where as many stay that %s", (_, wanted, scene) => {
    const staying = crowd(11, 100);
    const instances = staying.pods.map(({ key, ips: [id = ""] }) => instance({ id, pod: key.name, ...wanted }));
    expect(
      held(leave(11, 0, { ...scene, pods: staying.pods, instances: [...crowd(11).instances, ...instances] })),
    ).toBe(0);
  });

  test("are not weighed against repairs in a dry run: what they repair is counted already", () => {
    const staying = crowd(10, 100);
    const drifted = staying.instances.map((one) => ({ ...one, attributes: { ...one.attributes, app: "old" } }));
    const instances = [...crowd(11).instances, ...drifted];
    expect(held(plan({ pods: staying.pods, others: crowd(11).pods, instances }, { dryRun: true }))).toBe(11);
  });

  test("do not take those along that are replaced, or not ready", () => {
    const leaving = crowd(11);
    const [unready, ready] = [
      pod({ name: "sick", ip: "10.2.0.1", ready: false }),
      pod({ name: "well", ip: "10.2.0.2" }),
    ];
    const instances = [
      ...leaving.instances,
      instance({ id: "10.2.0.1", pod: "sick" }),
      instance({ id: "10.2.0.2", pod: "well" }),
    ];
    const planned = plan({ pods: [unready, ready], others: leaving.pods, instances });
    expect(planned.changes).toMatchObject([{ id: "10.2.0.1", reason: "pod-not-ready" }]);
    expect(held(planned)).toBe(11);
  });

  test.each([0, 20])("are weighed against pods under two ids but once, where %i of 20 have their new one", (count) => {
    const [leaving, staying] = [crowd(25), crowd(20, 100)];
    const successors = staying.instances.slice(0, count).map(withPort);
    const planned = plan({
      pods: staying.pods,
      others: leaving.pods,
      mappings: [mapping({ ports: [8080] })],
      settings: { id: "ip-port" },
      instances: [...leaving.instances, ...staying.instances, ...successors],
    });
    expect(held(planned)).toBe(25);
  });

  test("go where as many stay that are about to get another id: until then their old one counts", () => {
    const [leaving, staying] = [crowd(20), crowd(20, 100)];
    const planned = plan({
      pods: staying.pods,
      others: leaving.pods,
      mappings: [mapping({ ports: [8080] })],
      settings: { id: "ip-port" },
      instances: [...leaving.instances, ...staying.instances],
    });
    expect(held(planned)).toBe(0);
  });

  test("are held beside registrations that go on, and say how to release them", () => {
    const fresh = pod({ name: "fresh", ip: "10.3.0.1" });
    const planned = leave(11, 9, { pods: [...crowd(9, 100).pods, fresh] });
    expect(planned.changes).toMatchObject([{ kind: "register", id: "10.3.0.1" }]);
    expect(planned.held[0]?.remedy).toMatch(/^11 of the 20 living pods of shop\.local\/web .*--force.*`retired`/);
  });

  test("are held or not by limits that are settings", () => {
    expect(held(leave(3, 1, { settings: { guard: { maxRemovalRatio: 0.5, minInstances: 2 } } }))).toBe(3);
    expect(held(leave(11, 9, { settings: { guard: { maxRemovalRatio: 0.6, minInstances: 10 } } }))).toBe(0);
  });
});

describe("the last living pods", () => {
  const one = crowd(1);

  test.each<[string, Parameters<typeof plan>[0]]>([
    ["of a service that is mapped", {}],
    ["of a service that nobody claims any more", { mappings: [] }],
    ["where all others are gone", { instances: [...one.instances, ...crowd(5, 50).instances] }],
    ["where those that should take their place are not registered yet", { pods: crowd(1, 50).pods }],
    [
      "where what should take their place is held",
      { pods: crowd(1, 50).pods, instances: [...one.instances, ...foreign(crowd(1, 50))] },
    ],
  ])("stay %s, at any size", (_, wanted) => {
    const planned = plan({ others: one.pods, instances: one.instances, ...wanted });
    expect(held(planned)).toBe(1);
    expect(planned.held.find(({ reason }) => reason === "guard")?.remedy).toMatch(
      /^(?:correct mappings\[0\], which chooses no pod; )?shop\.local\/web would lose its last living pods \(1\)/,
    );
  });

  test.each<[string, Parameters<typeof plan>[0]]>([
    ["mappings[0], which chooses", {}],
    ["a and 1 more, which choose", { mappings: ["b", "a"].map((name) => mapping({ origin: { ...OPERATORS, name } })) }],
  ])("are kept by correcting %s no pod", (says, wanted) => {
    const planned = plan({ others: one.pods, instances: one.instances, ...wanted });
    expect(planned.held[0]?.remedy).toContain(`correct ${says} no pod; shop.local/web would lose its last`);
  });

  test("are held with the word that another document may be deployed than the one that is meant", () => {
    const planned = plan({ mappings: [], others: one.pods, instances: one.instances });
    expect(planned.held[0]?.remedy).toMatch(
      /if your document chooses them.*`doctor --stack NAME`.*deploy yours; if that/,
    );
  });

  test("go where others are there", () => {
    const next = crowd(1, 50);
    const instances = [...one.instances, ...next.instances];
    expect(held(plan({ pods: next.pods, others: one.pods, instances }))).toBe(0);
  });
});

describe("what the guard holds is released", () => {
  const eight = crowd(8);
  const scene = { mappings: [], others: eight.pods, instances: eight.instances };

  test("by `force`, with a line that says what was forced", () => {
    const planned = plan(scene, { force: true });
    expect(planned.changes).toHaveLength(8);
    expect(planned.forced).toEqual([
      expect.stringMatching(
        /^forced: shop\.local\/web would lose its last living pods \(8\), [^;]*; without that it would have been held$/,
      ),
    ]);
  });

  test("by `retired` in the document, in silence", () => {
    const planned = plan({ ...scene, subject: { isRetired: true } });
    expect(planned).toMatchObject({ held: [], forced: [] });
    expect(planned.changes).toHaveLength(8);
  });

  test("by nothing where nothing was held: no line", () => {
    expect(plan({ instances: eight.instances }, { force: true }).forced).toEqual([]);
  });
});

describe("a cluster without any pod", () => {
  const two = { instances: crowd(2).instances };

  test("loses nothing, not even what seems gone", () => {
    const planned = plan(two, { isClusterEmpty: true });
    expect(lines(planned)).toEqual(["deregister 10.1.0.0 held: guard", "deregister 10.1.0.1 held: guard"]);
    expect(planned.held[0]?.remedy).toMatch(/^the cluster lists no pod at all; .*--force/);
  });

  test("loses what it is forced to, or nothing for being retired", () => {
    expect(plan(two, { isClusterEmpty: true, force: true }).changes).toHaveLength(2);
    expect(held(plan({ ...two, mappings: [], subject: { isRetired: true } }, { isClusterEmpty: true }))).toBe(2);
  });

  test("is no concern where nothing would be removed", () => {
    expect(lines(plan({ mappings: [mapping()] }, { isClusterEmpty: true }))).toEqual([]);
  });
});

/** So many living pods that no mapping chooses, and so many registered ones that a mapping does. */
function leave(leaving: number, staying: number, wanted: Parameters<typeof plan>[0] = {}) {
  const [others, pods] = [crowd(leaving), crowd(staying, 100)];
  return plan({ pods: pods.pods, others: others.pods, instances: [...others.instances, ...pods.instances], ...wanted });
}

function withPort({ id, attributes }: Instance): Instance {
  return { id: `${id}:8080`, attributes: { ...attributes, AWS_INSTANCE_PORT: "8080" }, health: undefined };
}

function foreign({ instances }: Crowd): readonly Instance[] {
  return instances.map((taken) => ({ ...taken, attributes: { app: "theirs" } }));
}

function held(planned: ReturnType<typeof plan>): number {
  return planned.held.filter(({ reason }) => reason === "guard").length;
}
