import * as fc from "fast-check";
import type { Instance, Mapping, Node, Pod, ServiceKind } from "../../functions/core/model.ts";
import type { NodesRead } from "../../functions/core/ports.ts";
import type { Settings } from "../../functions/core/settings.ts";
import { instance, mapping, NO_NODES, node, nodes, OWNER, pod, settings, SOURCE_NAMES, sourceOf } from "./builders.ts";

/** A small world in which much collides: few names, few addresses, few attributes. */
export type SmallWorld = {
  readonly pods: readonly Pod[];
  readonly mappings: readonly Mapping[];
  readonly instances: readonly Instance[];
  readonly kind: ServiceKind;
  readonly nodes: NodesRead;
  readonly settings: Settings;
};

const NAMES = ["web-1", "web-2", "web-3", "web-4", "web-5"];
const V4 = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"];
const V6 = ["fd00::1", "fd00::2"];

const addresses = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...V4).map((ip) => [ip]) },
  fc.constantFrom(...V6).map((ip) => [ip]),
  fc.tuple(fc.constantFrom(...V4), fc.constantFrom(...V6)).map(([v4, v6]) => [v4, v6]),
);
const word = fc.constantFrom("a", "b");
const labels = fc.record({ app: word, tier: word, weight: word, team: word }, { requiredKeys: [] });

const pods: fc.Arbitrary<readonly Pod[]> = fc.uniqueArray(
  fc
    .record({
      name: fc.constantFrom(...NAMES),
      ips: addresses,
      state: fc.constantFrom("ready" as const, "ready" as const, "not-ready" as const, "gone" as const),
      labels,
      node: fc.constantFrom("node-1", "node-2", "node-3"),
      createdAt: fc.constantFrom("2026-11-01T08:00:00Z", "2026-11-01T09:00:00Z"),
      ports: fc.constantFrom([], [{ name: "http", number: 8080 }]),
    })
    .map(({ state, ...rest }) => ({ ...pod(rest), state })),
  { maxLength: 5, selector: ({ key }) => key.name },
);

/** Selectors of labels, told to the API server by nothing but their text. */
export function isChosenBy(one: Mapping, { labels: its }: Pod): boolean {
  const { labelSelector } = one.pods;
  return labelSelector === "" || its["app"] === labelSelector.slice("app=".length);
}

const mappings: fc.Arbitrary<readonly Mapping[]> = fc
  .array(
    fc.record({
      source: fc.constantFrom(...SOURCE_NAMES),
      labelSelector: fc.constantFrom("", "app=a", "app=b"),
      ports: fc.constantFrom([], [80], [80, 81], ["http"]),
      attributes: fc.record({ team: word, mesh: word }, { requiredKeys: [] }),
      unready: fc.constantFrom("hide" as const, "hide" as const, "publish" as const),
      policy: fc.constantFrom(undefined, undefined, "sync" as const, "upsert-only" as const, "dry-run" as const),
    }),
    { maxLength: 3 },
  )
  .map((all) =>
    all.map(({ source, labelSelector, ...rest }, index) =>
      mapping({
        ...rest,
        origin: { ...sourceOf(source), name: `${source}-${index}` },
        pods: { namespace: "shop", labelSelector },
      }),
    ),
  );

const instances: fc.Arbitrary<readonly Instance[]> = fc.uniqueArray(
  fc
    .record({
      ip: fc.constantFrom(...V4, ...V6),
      port: fc.constantFrom(undefined, undefined, "80", "8080"),
      pod: fc.constantFrom(...NAMES),
      owner: fc.constantFrom(OWNER, OWNER, OWNER, "old", "other", undefined),
      health: fc.constantFrom(undefined, "HEALTHY" as const, "UNHEALTHY" as const),
      attributes: labels,
      isMesh: fc.boolean(),
    })
    .map(({ ip, port, attributes, isMesh, ...rest }) => {
      const family = ip.includes(":") ? "AWS_INSTANCE_IPV6" : "AWS_INSTANCE_IPV4";
      return instance({
        ...rest,
        id: port === undefined ? ip : `${ip}:${port}`,
        attributes: {
          AWS_INSTANCE_IPV4: undefined,
          [family]: ip,
          AWS_INSTANCE_PORT: port,
          ...attributes,
          ...(isMesh ? { "appmesh.k8s.aws/mesh": "shop" } : {}),
        },
      });
    }),
  { maxLength: 6, selector: ({ id }) => id },
);

const kinds: fc.Arbitrary<ServiceKind> = fc.record({
  records: fc.constantFrom<ServiceKind["records"][]>(["A"], ["AAAA"], ["A", "AAAA"], ["SRV"], []),
  health: fc.constantFrom("none", "custom"),
});

const someNodes: fc.Arbitrary<NodesRead> = fc.oneof(
  fc.constant(NO_NODES),
  fc.constant<NodesRead>({ state: "unreadable", warning: "forbidden" }),
  fc
    .array(fc.constantFrom<Node["state"][]>("here", "here", "leaving", "lost"), { minLength: 2, maxLength: 2 })
    .map((states) => nodes(...states.map((state, index) => node({ name: `node-${index + 1}`, state })))),
);

const someSettings: fc.Arbitrary<Settings> = fc
  .record({
    policy: fc.constantFrom("sync" as const, "sync" as const, "upsert-only" as const),
    id: fc.constantFrom("ip" as const, "ip-port" as const),
    appMesh: fc.constantFrom("off" as const, "live" as const, "exclusive" as const),
    whenAllUnready: fc.constantFrom("keep" as const, "remove" as const),
    ignoreAttributes: fc.constantFrom([], ["weight"], ["weight", "REGION"]),
    previousOwners: fc.constantFrom([], ["old"]),
    exclude: fc.constantFrom([], ["t*"]),
  })
  .map(({ appMesh, exclude, ...rest }) =>
    settings({ ...rest, adopt: { appMesh, externalDns: "off" }, labels: { include: ["*"], exclude } }),
  );

export const smallWorld: fc.Arbitrary<SmallWorld> = fc.record({
  pods,
  mappings,
  instances,
  kind: kinds,
  nodes: someNodes,
  settings: someSettings,
});

/** The same things in any order. */
export function shuffled<T>(all: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...all], { minLength: all.length });
}
