import { listAllServices } from "../../functions/core/all-services.ts";
import { createRegistry } from "../../functions/cloudmap/registry.ts";
import type { RegistryOptions } from "../../functions/cloudmap/registry.ts";
import type { CloudMapNamespace, Service } from "../../functions/core/model.ts";
import type { Registry } from "../../functions/core/ports.ts";
import { openCloudMap } from "../emulators/cloudmap/fixture.ts";
import type { CloudMapOptions } from "../emulators/cloudmap/options.ts";
import { seedNamespace, seedService } from "../emulators/cloudmap/seed.ts";

/** An emulated Cloud Map with the service `shop.local/web`, and a registry on it. */
export async function openRegistry({
  options = {},
  hasCustomHealth = false,
  ...more
}: Partial<RegistryOptions> & {
  readonly options?: Partial<CloudMapOptions>;
  readonly hasCustomHealth?: boolean;
} = {}) {
  const { world, client, pass } = await openCloudMap(options);
  const held = seedService(world, seedNamespace(world), { hasCustomHealth });
  const create = (again: Partial<RegistryOptions> = {}) =>
    createRegistry({
      client,
      namespaces: ["shop.local"],
      owner: "me",
      services: { ttl: 60, customHealth: false, tags: {} },
      rates: {},
      ...more,
      ...again,
    });
  const registry = create();
  const [service] = (await readOf(registry)).services;
  if (service === undefined) throw new Error("there is no service");
  world.calls.length = 0;
  const callsOf = (operation: string) => world.calls.filter((call) => call.operation === operation);
  return { world, client, pass, registry, service, held, callsOf, another: create };
}

/** The only namespace of a registry, with its services. */
export async function readOf(
  registry: Registry,
): Promise<{ readonly namespace: CloudMapNamespace; readonly services: readonly Service[] }> {
  const [first] = await listAllServices(registry);
  if (first === undefined) throw new Error("the registry has no namespace");
  if ("failure" in first.read) throw first.read.failure;
  return first.read.value;
}

/** A clock on which a second of real time is `speed` seconds: what waits for half a minute does so in a test. */
export function fastClock(speed = 100): () => number {
  const begun = Date.now();
  return () => begun + (Date.now() - begun) * speed;
}
