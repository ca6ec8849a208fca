import { newInstance } from "./instances.ts";
import { newNamespace } from "./namespaces.ts";
import { newService } from "./services.ts";
import type { Instance, Namespace, RecordType, Service } from "./state.ts";
import type { CloudMapWorld } from "./world.ts";

type Attributes = Readonly<Record<string, string>>;

/** Puts a namespace there without a call. `owner`: another account, which shares it. */
export function seedNamespace(
  world: CloudMapWorld,
  { name = "shop.local", type = "DNS_PRIVATE", owner = world.account }: Partial<Namespace> = {},
): Namespace {
  const namespace = newNamespace(world, { name, type, owner, vpc: type === "DNS_PRIVATE" ? "vpc-1" : undefined });
  world.namespaces.set(namespace.id, namespace);
  world.tags.set(namespace.arn, []);
  return namespace;
}

/** Without records it is a service of type HTTP. */
export function seedService(
  world: CloudMapWorld,
  namespace: Namespace,
  {
    name = "web",
    records = namespace.type === "HTTP" ? [] : ["A"],
    isWeighted = false,
    hasCustomHealth = false,
    tags = {},
    description,
  }: {
    readonly name?: string;
    readonly records?: readonly RecordType[];
    readonly isWeighted?: boolean;
    readonly hasCustomHealth?: boolean;
    readonly tags?: Attributes;
    readonly description?: string;
  } = {},
): Service {
  const DnsRecords = records.map((Type) => ({ Type, TTL: 60 }));
  const RoutingPolicy = isWeighted ? "WEIGHTED" : "MULTIVALUE";
  const dns = records.length === 0 ? undefined : ({ RoutingPolicy, DnsRecords } as const);
  const settings = { description, dns, healthCheck: undefined };
  const given = { name, settings, hasCustomHealth, creatorRequestId: undefined, fingerprint: "" };
  const service = newService(world, namespace, given);
  world.services.set(service.id, service);
  world.tags.set(
    service.arn,
    Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  );
  return service;
}

/** Puts an instance there, unchecked, past quotas, and known to DiscoverInstances. */
export function seedInstance(world: CloudMapWorld, service: Service, id: string, attributes?: Attributes): Instance {
  const given = { id, attributes: attributes ?? { AWS_INSTANCE_IPV4: id }, creatorRequestId: undefined };
  const instance = newInstance(world, service, given);
  service.instances.set(id, instance);
  service.discovery.instances.set(id, instance);
  service.discovery.revision += 1;
  return instance;
}
