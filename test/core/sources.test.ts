import { describe, expect, test } from "vitest";
import type { SourceRead } from "../../functions/core/ports.ts";
import { lines, plan } from "../support/scene.ts";
import { claims, instance, mapping, pod, sourceOf } from "../support/builders.ts";

/**
 * While a source fails, or is on but absent, no instance of a living pod that may be its claim is removed: for VirtualNodes an
 * instance that carries the virtual node's name, for the others one that no other mapping claims.
 */

const web1 = pod();
const node = { "appmesh.k8s.aws/mesh": "shop", "appmesh.k8s.aws/virtualNode": "web_shop" };
const ofNode = instance({ attributes: node });
const plain = instance();
/** Stays, so that the guard has no say. */
const web2 = pod({ name: "web-2", ip: "10.0.0.2" });
const staying = instance({ id: "10.0.0.2", pod: "web-2" });

const failed = (name: string): SourceRead => ({ ...sourceOf(name), state: "failed", error: new Error("forbidden") });
const absent = (name: string, error?: Error): SourceRead => ({ ...sourceOf(name), state: "absent", error });

test.each<[string, SourceRead, ReturnType<typeof instance>, string]>([
  ["VirtualNodes fail: theirs stay", failed("virtualNodes"), ofNode, "held: source-failed"],
  ["VirtualNodes fail: others' go", failed("virtualNodes"), plain, "unselected"],
  ["VirtualNodes are absent: theirs stay", absent("virtualNodes"), ofNode, "held: source-absent"],
  [
    "VirtualNodes are absent, and must be there: theirs stay",
    absent("virtualNodes", new Error("absent")),
    ofNode,
    "held: source-absent",
  ],
  ["VirtualNodes are absent: others' go, in silence", absent("virtualNodes"), plain, "unselected"],
  ["Services fail: what no other claims stays", failed("services"), plain, "held: source-failed"],
  ["ServiceExports fail: what no other claims stays", failed("serviceExports"), plain, "held: source-failed"],
  ["ServiceExports are absent: what no other claims stays", absent("serviceExports"), plain, "held: source-absent"],
  ["all are read: they go", claims(), ofNode, "unselected"],
])("%s", (_, source, held, expected) => {
  const sources = [claims(), source];
  expect(lines(plan({ pods: [web2], others: [web1], instances: [held, staying], sources }))).toEqual([
    `deregister 10.0.0.1 ${expected}`,
  ]);
  const orphaned = plan({ mappings: [], others: [web1], instances: [held], sources, subject: { isRetired: true } });
  expect(lines(orphaned)).toEqual([`deregister 10.0.0.1 ${expected.replace("unselected", "unmapped")}`]);
});

const SERVICES_FAIL = failed("services");

describe.each([SERVICES_FAIL, failed("virtualNodes"), absent("virtualNodes"), absent("serviceExports")])(
  "while $source is $state",
  (source) => {
    const sources = [claims(), source];

    test("pods that are gone go", () => {
      expect(lines(plan({ instances: [ofNode], sources }))).toEqual(["deregister 10.0.0.1 pod-gone"]);
    });

    test("what a mapping claims is kept as ever, and unready pods unless the source may publish them", () => {
      const instances = [instance({ attributes: { app: "old" } })];
      expect(lines(plan({ pods: [web1], instances, sources }))).toEqual(["register 10.0.0.1 drifted"]);
      const pods = [{ ...web1, state: "not-ready" } as const, pod({ name: "web-2", ip: "10.0.0.2" })];
      const removal = source === SERVICES_FAIL ? "held: source-failed" : "pod-not-ready";
      expect(lines(plan({ pods, instances: [plain], sources })).toSorted()).toEqual([
        `deregister 10.0.0.1 ${removal}`,
        "register 10.0.0.2 missing",
      ]);
    });
  },
);

test.each<[string, string]>([
  ["services", "held: source-failed"],
  ["serviceExports", "held: source-failed"],
  ["virtualNodes", "pod-not-ready"],
])("while %s fail, which may publish pods that are not ready, or not, such a removal is %s", (source, expected) => {
  const pods = [{ ...web1, state: "not-ready" } as const, web2];
  expect(lines(plan({ pods, instances: [plain, staying], sources: [failed(source)] }))).toEqual([
    `deregister 10.0.0.1 ${expected}`,
  ]);
});

test("what is held says what to do", () => {
  const wanted = { others: [web1], instances: [ofNode] };
  const remedyOf = (source: SourceRead) => plan({ ...wanted, sources: [source] }).held[0]?.remedy;
  expect(remedyOf(absent("virtualNodes"))).toContain("sources.virtualNodes: false");
  expect(remedyOf(failed("virtualNodes"))).toContain("virtualNodes could not be read");
  const sick = { pods: [{ ...web1, state: "not-ready" } as const, web2], instances: [plain, staying] };
  expect(plan({ ...sick, sources: [failed("services")] }).held[0]?.remedy).toMatch(
    /^a claim might publish pods that are not ready, and services could not be read/,
  );
  const both = { ...sick, instances: [ofNode, staying], sources: [failed("virtualNodes"), failed("services")] };
  expect(plan(both).held).toHaveLength(1);
});

test("foreign instances stay out of it", () => {
  const foreign = instance({ owner: "other", attributes: node });
  expect(
    lines(plan({ mappings: [mapping()], others: [web1], instances: [foreign], sources: [absent("virtualNodes")] })),
  ).toEqual([]);
});

describe("while a source fails, one of lower precedence puts nothing in the place of what the failed one claimed", () => {
  const exported = mapping({ origin: { source: "serviceExports", rank: 3, name: "ServiceExport shop/web" } });

  test("its attributes stay", () => {
    const wanted = { pods: [web1], mappings: [exported], instances: [ofNode] };
    expect(lines(plan({ ...wanted, sources: [failed("virtualNodes")] }))).toEqual([
      "register 10.0.0.1 held: source-failed",
    ]);
    expect(plan({ ...wanted, sources: [failed("virtualNodes")] }).held[0]?.remedy).toBe(
      "virtualNodes may claim its pod too, and could not be read; see why, and correct that first",
    );
  });

  test("an address that another pod had is taken over, and health is told", () => {
    const theirs = instance({ pod: "web-9", attributes: node });
    const sources = [failed("virtualNodes")];
    expect(lines(plan({ pods: [web1], mappings: [exported], instances: [theirs], sources }))).toEqual([
      "register 10.0.0.1 drifted",
    ]);
    const [registered] = plan({ pods: [web1], mappings: [exported], kind: { health: "custom" } }).changes;
    if (registered?.kind !== "register") throw new Error("nothing to register");
    const sick = { id: "10.0.0.1", attributes: { ...registered.attributes, ...node }, health: "UNHEALTHY" } as const;
    const scene = { pods: [web1], instances: [sick], kind: { health: "custom" }, sources } as const;
    const mappings = [{ ...exported, coreAttributes: node }];
    expect(lines(plan({ ...scene, mappings }))).toEqual(["set-health 10.0.0.1 ready"]);
  });

  test("instances on its ports stay", () => {
    const attributes = { AWS_INSTANCE_IPV4: "10.0.0.1", AWS_INSTANCE_PORT: "8080" };
    const instances = [instance({ id: "10.0.0.1:8080", attributes })];
    const mappings = [mapping({ ...exported, ports: [9090] })];
    const settings = { id: "ip-port" } as const;
    expect(lines(plan({ pods: [web1], mappings, instances, settings, sources: [failed("services")] }))).toEqual([
      "register 10.0.0.1:9090 missing",
      "deregister 10.0.0.1:8080 held: source-failed",
    ]);
  });
});

test("an address that another pod has now is not taken from it while a source fails that may mean that pod", () => {
  const wanted = { pods: [web2], others: [web1], instances: [instance({ pod: "web-9" }), staying] };
  const { held } = plan({ ...wanted, sources: [failed("services")] });
  expect(held).toMatchObject([
    { id: "10.0.0.1", remedy: expect.stringMatching(/^another pod has its address, and services could not be read/) },
  ]);
});

test("while a source fails, what a withdrawn claim leaves behind stays, if its pod lives", () => {
  const wanted = { mappings: [], others: [web1], instances: [plain], subject: { withdrawn: ["shop"] } };
  expect(lines(plan(wanted))).toEqual(["deregister 10.0.0.1 service-gone"]);
  expect(lines(plan({ ...wanted, sources: [failed("services")] }))).toEqual([
    "deregister 10.0.0.1 held: source-failed",
  ]);
});
