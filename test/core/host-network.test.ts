import { describe, expect, test } from "vitest";
import type { Pod } from "../../functions/core/model.ts";
import { claim, claims, instance, pod } from "../support/builders.ts";
import { pass } from "../support/memory-pass.ts";

/** Pods of the host network share their node's address: who has the instance there? */

const IP = "10.0.0.1";
const holder = pod({ name: "agent-1", ip: IP, createdAt: "2026-11-01T09:00:00Z" });
const older = (namespace: string): Pod =>
  pod({ name: "agent-2", namespace, ip: IP, createdAt: "2026-11-01T07:00:00Z" });
const held = { web: [instance({ pod: "agent-1" })] };
const ofTeam = claim({
  from: "team-b",
  origin: { source: "services", rank: 1, name: "Service team-b/web" },
  pods: { namespace: "team-b", labelSelector: "app=web" },
});
const both = [claims(claim()), claims(ofTeam)];

test("an older pod of the same Kubernetes namespace names the instance", async () => {
  const { registry } = await pass({ pods: [holder, older("shop")], instances: held });
  expect(registry.get("web")?.get(IP)?.attributes["k8s.io/pod"]).toBe("agent-2");
});

describe("a pod of another Kubernetes namespace at the holder's address", () => {
  test("does not take the instance over while the holder lives: that is held, and a claims problem", async () => {
    const { report, registry } = await pass({ pods: [holder, older("team-b")], instances: held, sources: both });
    expect(registry.get("web")?.get(IP)?.attributes).toMatchObject({
      "k8s.io/namespace": "shop",
      "k8s.io/pod": "agent-1",
    });
    expect(report).toMatchObject({
      ok: true,
      services: [{ held: [{ kind: "register", id: IP, reason: "ambiguous" }] }],
    });
    expect(report.services[0]?.held[0]?.remedy).toContain("shop/agent-1");
    expect(report.claims).toMatchObject([{ reason: "ambiguous", from: "team-b" }]);
  });

  test("does not take it over where no mapping chooses the holder any more either", async () => {
    const { registry } = await pass({ pods: [holder, older("team-b")], instances: held, sources: [claims(ofTeam)] });
    expect(registry.get("web")?.get(IP)?.attributes["k8s.io/pod"]).toBe("agent-1");
  });

  test("takes it over once the holder is gone", async () => {
    const { registry } = await pass({ pods: [older("team-b")], instances: held, sources: both });
    expect(registry.get("web")?.get(IP)?.attributes).toMatchObject({
      "k8s.io/namespace": "team-b",
      "k8s.io/pod": "agent-2",
    });
  });
});

describe("a DaemonSet that rolls on the host network while a source cannot be read", () => {
  const next = pod({ name: "agent-3", ip: IP, labels: { app: "elsewhere" } });

  test("keeps the address that a living pod has", async () => {
    const failed = { source: "services", rank: 1, state: "failed", error: new Error("403") } as const;
    const { report, registry } = await pass({ pods: [next], instances: held, sources: [claims(claim()), failed] });
    expect(registry.get("web")?.size).toBe(1);
    expect(report.services[0]?.held).toMatchObject([{ kind: "deregister", reason: "source-failed" }]);
  });

  test("loses it where all sources are read, or the address is nobody's", async () => {
    expect((await pass({ pods: [next], instances: held })).registry.get("web")?.size).toBe(0);
    const failed = { source: "services", rank: 1, state: "failed", error: new Error("403") } as const;
    const elsewhere = { ...next, ips: ["10.0.0.7"] };
    const { registry } = await pass({ pods: [elsewhere], instances: held, sources: [claims(claim()), failed] });
    expect(registry.get("web")?.size).toBe(0);
  });
});
