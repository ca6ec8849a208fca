import { settle } from "./settle.ts";
import type { NamespaceRead, Registry } from "./ports.ts";

/** Every namespace of the configuration with its services as they are; what cannot be read is that namespace's failure. */
export async function listAllServices(registry: Registry, until?: number): Promise<readonly NamespaceRead[]> {
  const found = await registry.listNamespaces(until);
  return Promise.all(
    found.map(async ({ asked, read }): Promise<NamespaceRead> => {
      if ("failure" in read) return { asked, read };
      const { value: namespace } = read;
      const services = await settle(() => registry.listServicesIn(namespace, until, { fresh: true }));
      return { asked, read: "failure" in services ? services : { value: { namespace, services: services.value } } };
    }),
  );
}
