import type { NamespaceRead, Registry } from "../core/ports.ts";

/** As long as the configuration is, in milliseconds. */
const MEMORY = 60_000;

/**
 * A registry whose namespaces and services are listed anew only after a minute: several passes a second would exceed what
 * ListServices allows, one call a second. Instances are always read. For passes that look for no orphans, which need the
 * services' counts. Nothing is kept of a list that failed, nor after a creation or a failure: a service may be new, or gone.
 */
export function rememberServices(registry: Registry, now: () => number): Registry {
  let kept: { readonly at: number; readonly read: Promise<readonly NamespaceRead[]> } | undefined;
  const forget = () => {
    kept = undefined;
  };
  return {
    ...registry,
    listServices: async (until) => {
      if (kept === undefined || now() - kept.at >= MEMORY) kept = { at: now(), read: registry.listServices(until) };
      const namespaces = await kept.read;
      if (namespaces.some(({ read }) => "failure" in read)) forget();
      return namespaces;
    },
    createService: (...wanted) => {
      forget();
      return registry.createService(...wanted);
    },
    listInstances: async (service, until) => {
      try {
        return await registry.listInstances(service, until);
      } catch (error) {
        forget();
        throw error;
      }
    },
    apply: async (...changes) => {
      const outcomes = await registry.apply(...changes);
      if (outcomes.some(({ result }) => result === "failed")) forget();
      return outcomes;
    },
  };
}
