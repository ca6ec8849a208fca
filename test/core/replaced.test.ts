import { describe, expect, test } from "vitest";
import { lines, plan } from "../support/scene.ts";
import { instance, mapping, pod } from "../support/builders.ts";

/** An instance under another id than its pod's now: ids with ports were switched on or off, or the address family has changed. */

const web1 = pod({ name: "web-1", ip: "10.0.0.1" });
const web2 = pod({ name: "web-2", ip: "10.0.0.2" });
const unready = { ...web1, state: "not-ready" } as const;
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
    "deregister 10.0.0.1 held: waiting",
    "register 10.0.0.1:8080 held: foreign",
  ]);
});

test("stays until all of its successors are there", () => {
  const ports = [mapping({ ports: [8080, 9090] })];
  const taken = instance({ id: "10.0.0.1:9090", owner: "other" });
  expect(lines(plan({ pods: [web1], mappings: ports, instances: [instance(), taken], settings }))).toEqual([
    "register 10.0.0.1:8080 missing",
    "deregister 10.0.0.1 held: waiting",
    "register 10.0.0.1:9090 held: foreign",
  ]);
});

test("gives its place to its successor where the service is full", () => {
  const pods = Array.from({ length: 600 }, (_, index) =>
    pod({ name: `web-${index}`, ip: `10.0.${index >> 8}.${index & 255}` }),
  );
  const instances = pods.map(({ key, ips: [id = ""] }) => instance({ id, pod: key.name }));
  const { changes, held } = plan({ pods, mappings, instances, settings });
  const registered = changes.filter(({ kind }) => kind === "register");
  const removed = changes.filter(({ kind }) => kind === "deregister");
  expect([registered.length, removed.length, held.length]).toEqual([600, 600, 0]);
  expect(removed.map(({ id }) => `${id}:8080`).toSorted()).toEqual(registered.map(({ id }) => id).toSorted());
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

/** On the host network pods share an address; until all of them have both families, some share one and have another of their own. */
describe("an instance at an address that another ready pod shares", () => {
  const v4 = pod({ name: "web-2", ips: ["10.0.0.1"] });
  const dual = pod({ name: "web-1", ips: ["10.0.0.1", "fd00::1"] });

  test("stays where its pod shares it, and the other registers another of its own", () => {
    const v6 = pod({ name: "web-1", ips: ["fd00::1"] });
    const old = instance({ id: "fd00::1", attributes: { AWS_INSTANCE_IPV4: undefined, AWS_INSTANCE_IPV6: "fd00::1" } });
    const planned = plan({ pods: [v6, { ...dual, key: v4.key }], instances: [old], kind: { records: ["A"] } });
    expect(lines(planned)).toEqual(["register 10.0.0.1 missing", "register fd00::1 held: invalid"]);
  });

  test("stays where that pod cannot be an instance", () => {
    const planned = plan({ pods: [dual, v4], instances: [instance()], kind: { records: ["AAAA"] } });
    expect(lines(planned)).toEqual(["register fd00::1 missing", "register 10.0.0.1 held: invalid"]);
  });

  test("stays where that pod cannot be an instance, although its own pod is not ready", () => {
    const named = mapping({ pods: { namespace: "shop", labelSelector: "app=b" }, ports: ["http"] });
    const planned = plan({
      selections: [
        { mapping: mapping(), pods: [unready] },
        { mapping: named, pods: [v4] },
      ],
      instances: [instance()],
      settings: { whenAllUnready: "remove" },
    });
    expect(lines(planned)).toEqual(["register 10.0.0.1 held: invalid"]);
  });

  test("stays while what stands for that pod is held, although its own pod's is there", () => {
    const other = pod({ name: "web-2", ips: ["10.0.0.1", "fd00::2"] });
    const taken = instance({ id: "fd00::2", owner: "other" });
    const planned = plan({ pods: [dual, other], instances: [instance(), taken], kind: { records: ["AAAA"] } });
    expect(lines(planned)).toEqual([
      "register fd00::1 missing",
      "deregister 10.0.0.1 held: waiting",
      "register fd00::2 held: foreign",
    ]);
  });

  test("stays while what stands for that pod is held, although its own pod is not ready", () => {
    const taken = instance({ id: "fd00::1", owner: "other" });
    const ready = { ...dual, ips: ["fd00::1", "10.0.0.1"], key: v4.key };
    const planned = plan({ pods: [unready, ready], instances: [instance(), taken], kind: { records: [] } });
    expect(lines(planned)).toEqual(["deregister 10.0.0.1 held: waiting", "register fd00::1 held: foreign"]);
  });
});
