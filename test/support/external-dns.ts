import { seedInstance } from "../emulators/cloudmap/seed.ts";
import type { Service } from "../emulators/cloudmap/state.ts";
import type { CloudMapWorld } from "../emulators/cloudmap/world.ts";

/** What external-dns's provider aws-sd does while it runs, for a headless Service with these addresses: an instance each, and no more. */
export function actAsExternalDns(cloudMap: CloudMapWorld, service: Service, addresses: readonly string[]): void {
  for (const { id, attributes } of service.instances.values()) {
    if (addresses.includes(id) || Object.keys(attributes).length > 1) continue;
    service.instances.delete(id);
    service.discovery.instances.delete(id);
  }
  for (const address of addresses) seedInstance(cloudMap, service, address);
}
