import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { renderAbout } from "../../functions/cli/about.ts";
import { failed, ok, warning } from "../../functions/cli/check.ts";
import { renderLeft } from "../../functions/cli/destroy/left.ts";
import { renderDestroyed } from "../../functions/cli/destroy/render-destroyed.ts";
import { renderChecks } from "../../functions/cli/render-checks.ts";
import { renderExplanation } from "../../functions/cli/render-explain.ts";
import { renderReport } from "../../functions/cli/render.ts";
import { renderStatus } from "../../functions/cli/render-status.ts";
import { renderFound } from "../../functions/cli/stack/resync-command.ts";
import type { State } from "../../functions/cli/status.ts";
import type { Style } from "../../functions/cli/text.ts";
import { report, serviceReport } from "../support/reports.ts";

const ABOUT = {
  stack: null,
  server: "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com/",
  eksCluster: "staging",
  context: null,
  cluster: "0b9a3c2e-0000-4000-8000-000000000001",
  account: "123456789012",
  region: "eu-west-1",
  owner: "arn:aws:eks:eu-west-1:123456789012:cluster/staging",
};

const REMOVAL = { kind: "deregister", id: "10.0.3.7", reason: "pod-gone", pod: "shop/web-7997f7f687-t4k98" } as const;
const CREATION = {
  kind: "register",
  id: "10.0.3.9",
  reason: "missing",
  pod: "shop/web-7997f7f687-x2x9z",
  attributes: { AWS_INSTANCE_IPV4: to("10.0.3.9"), AWS_INSTANCE_PORT: to("8080"), app: to("web"), version: to("v2") },
} as const;
const UPDATE = {
  kind: "register",
  id: "10.0.3.8",
  reason: "drifted",
  pod: "shop/web-7997f7f687-q7lkm",
  keys: ["version"],
  attributes: { version: { from: "v1", to: "v2" } },
} as const;
const HELD = {
  kind: "deregister",
  id: "10.0.4.1",
  reason: "guard",
  why: "unselected",
  pod: "shop/orders-6d4cf56db6-b8xkq",
  remedy:
    "shop.local/orders would lose its last living pods (1), which no mapping chooses any more; check its selector",
  isFailure: false,
} as const;
const CREATES = { records: ["A"], health: "none", ttl: 60 } as const;
const REPORT = report({
  services: [
    serviceReport({ service: "orders", held: [HELD] }),
    serviceReport({ desired: 3, registered: 2, creates: CREATES, changes: [REMOVAL, UPDATE, CREATION] }),
    serviceReport({ namespace: "a-namespace-with-a-long-name.internal.example", service: "in-sync-and-well" }),
    serviceReport({ service: "broken", desired: 0, registered: 0, error: "instances could not be listed: denied" }),
  ],
  drift: { missing: 1, stale: 2, changed: 1, health: 0 },
  warnings: ["mappings[1] chooses no pod: Kubernetes namespace shp does not exist; did you mean shop?"],
  ok: false,
});
const AS_SEEN: readonly State[] = ["held", "differs", "in sync"];
const STATUS = {
  ...REPORT,
  services: REPORT.services.map(({ namespace, service, desired, registered, held, changes, error }, index) => ({
    namespace,
    service,
    desired,
    registered,
    held,
    error,
    state: AS_SEEN[index] ?? "failed",
    differs: changes.length,
    unhealthy: index === 0 ? 1 : null,
    others: index === 1 ? [{ owner: "Amazon ECS", instances: 12 }] : [],
  })),
};
const EXPLANATION = {
  pods: [
    {
      pod: "shop/web-7997f7f687-q7lkm",
      ips: ["10.0.3.8"],
      state: "ready",
      why: "its condition Ready is True, since 2026-11-01T08:00:00Z; node ip-10-0-3-1.eu-west-1.compute.internal",
      mappings: [
        { mapping: "mappings[0]", service: "web", missing: null },
        { mapping: "Service shop/canary", service: "canary", missing: "track=canary" },
      ],
    },
  ],
  instances: [
    {
      service: "shop.local/web",
      id: "10.0.3.8",
      isOurs: true,
      pod: "shop/web-7997f7f687-q7lkm",
      owner: ABOUT.owner,
      attributes: [
        { key: "AWS_INSTANCE_IPV4", value: "10.0.3.8", from: "this tool" },
        { key: "team", value: "shop", from: "mapping", over: "web" },
        { key: "version", value: "v1", from: "unknown" },
      ],
    },
  ],
  services: [],
  mappings: [],
  next: [{ service: "shop.local/web", change: UPDATE }],
} as const;
const CHECKS = [
  ok("cluster", "reached, Kubernetes v1.34.4"),
  warning("mappings[1]", "chooses no pod: no pod of shop has app=wbe; there is app=web, app=orders"),
  failed("namespace shop.local", "namespace shop.local does not exist in this account and region; check its name"),
];

const FOUND = {
  deployment: "eks-cloudmap-sync-staging",
  cluster: "staging",
  resync: "eks-cloudmap-sync-staging-SyncManualResync8C2F7B1E-Yb3kQ9xV2pLm",
  account: "123456789012",
  region: "eu-west-1",
};
const FOREIGN = {
  kind: "register",
  reason: "foreign",
  why: "missing",
  remedy: "the id is taken by an instance that carries no owner; deregister it if nobody needs it",
  isFailure: false,
} as const;
const RESYNCED = report({
  services: [
    serviceReport({
      desired: 4,
      registered: 2,
      foreign: 3,
      takeOver: 1,
      changes: [UPDATE],
      held: [
        { ...FOREIGN, id: "10.0.3.20", pod: "shop/web-7997f7f687-a1a1a" },
        { ...FOREIGN, id: "10.0.3.21", pod: "shop/web-7997f7f687-b2b2b" },
      ],
    }),
    serviceReport({ service: "orders", held: [{ ...HELD, reason: "source-failed", isFailure: true }] }),
    serviceReport({ service: "a-service-with-a-name-that-is-longer-than-most-of-them-are" }),
  ],
  drift: { missing: 2, stale: 0, changed: 1, health: 0 },
  ok: false,
});
const DESTROYED = report({
  services: [
    serviceReport({ registered: 0, changes: [{ ...REMOVAL, reason: "destroyed" }], deleted: true }),
    serviceReport({
      service: "orders",
      changes: [{ ...REMOVAL, id: "10.0.4.1", reason: "destroyed", error: "DeregisterInstance was refused: denied" }],
      error: "DeregisterInstance was refused: denied",
    }),
  ],
  ok: false,
});
const LEFT = [
  { namespace: "shop.local", service: "orders", ours: 1, clusters: [], others: 2, isOurs: true },
  { namespace: "shop.local", service: "legacy", ours: 0, clusters: [], others: 7, isOurs: false },
];

const PICTURES: Readonly<Record<string, (style: Style) => string>> = {
  plan: (style) => renderAbout(ABOUT, style) + renderReport(REPORT, "plan", style),
  apply: (style) => renderAbout(ABOUT, style) + renderReport(REPORT, "apply", style),
  status: (style) => renderAbout(ABOUT, style) + renderStatus(STATUS, style),
  explain: (style) => renderAbout(ABOUT, style) + renderExplanation(EXPLANATION, style),
  resync: (style) => renderFound(FOUND, style) + renderReport(RESYNCED, "apply", style, "resync"),
  destroy: (style) => renderDestroyed(DESTROYED, "apply", ABOUT, style) + renderLeft(LEFT, style),
  doctor: (style) => renderAbout(ABOUT, style) + renderChecks(CHECKS, style),
};

test.each(Object.keys(PICTURES).flatMap((name) => [80, 120].map((width) => [name, width] as const)))(
  "%s fits a terminal of %i columns, and looks the same with colours",
  async (name, width) => {
    const picture = PICTURES[name];
    if (picture === undefined) throw new Error(`there is no picture ${name}`);
    const plain = picture({ isColoured: false, width });
    const coloured = picture({ isColoured: true, width });
    expect(plain.split("\n").filter((line) => line.length > width)).toEqual([]);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
    expect(coloured).toContain("\u001b[");
    await expect(plain).toMatchFileSnapshot(`pictures/${name}-${width}.txt`);
    await expect(coloured.replaceAll("\u001b", "ESC")).toMatchFileSnapshot(`pictures/${name}-${width}-coloured.txt`);
  },
);

function to(value: string) {
  return { from: null, to: value };
}
