import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { toError } from "../core/errors.ts";
import type { Health, Service } from "../core/model.ts";
import type { NamespaceRead, Registry } from "../core/ports.ts";
import type { Configuration } from "../core/settings.ts";
import { applyChanges } from "./apply-changes.ts";
import { createCalls } from "./calls.ts";
import { listInstances } from "./instances.ts";
import { createFindNamespace } from "./namespaces.ts";
import { createService, deleteService, listServices } from "./services.ts";
import type { Addressing } from "./services.ts";
import type { Target } from "./write.ts";

export type RegistryOptions = Pick<Configuration, "namespaces" | "services" | "rates"> & {
  /** One that does not retry by itself: see `createServiceDiscoveryClient`. */
  readonly client: ServiceDiscoveryClient;
  readonly owner: string;
  /** Told of each call that AWS asks to slow down. */
  readonly onThrottle?: (operation: string) => void;
  /** Told of each call that is sent. */
  readonly onCall?: (operation: string) => void;
  /** Told what is done otherwise than asked for; the same may come again. */
  readonly onWarning?: (warning: string) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

/** A custom health status takes about 30 s to show; for this long, in milliseconds, what was sent counts as what is there. */
const HEALTH_MEMORY = 60_000;

/** AWS Cloud Map, kept under its rates, with every write confirmed. */
export function createRegistry(options: RegistryOptions): Registry {
  const { client, namespaces, services, rates, owner, now = Date.now } = options;
  const { onCall = () => {}, onThrottle = () => {}, onWarning = () => {} } = options;
  const calls = createCalls({ client, rates, onCall, onThrottle, now });
  const sentHealth = createHealthMemory(now);
  const addressOf: Addressing = ({ id, arn }, namespace) => (namespaces.includes(namespace.arn) ? arn : id);
  const targetOf = (service: Service): Target => ({ service, address: addressOf(service, service.namespace) });

  return {
    listServices: async (until = Infinity) => {
      const find = createFindNamespace(calls, namespaces, until);
      return Promise.all(namespaces.map((asked) => readNamespace(asked)));

      async function readNamespace(asked: string): Promise<NamespaceRead> {
        try {
          const namespace = await find(asked);
          return {
            asked,
            read: { value: { namespace, services: await listServices(calls, namespace, addressOf, until) } },
          };
        } catch (error) {
          return { asked, read: { failure: toError(error) } };
        }
      }
    },
    createService: (namespace, name, kind, until = Infinity) =>
      createService(calls, namespace, name, kind, { owner, services, addressOf, onWarning, until }),
    deleteService: (service, until = Infinity) => deleteService(calls, service, { owner, addressOf, until }),
    listInstances: (service, until = Infinity) =>
      listInstances(calls, service, targetOf(service).address, (id) => sentHealth.recall(service, id), until),
    apply: async (service, changes, times) => {
      const outcomes = await applyChanges(calls, targetOf(service), changes, times);
      for (const { change, result } of outcomes) {
        if (change.kind === "set-health" && result === "done") sentHealth.remember(service, change.id, change.health);
      }
      return outcomes;
    },
  };
}

function createHealthMemory(now: () => number) {
  const sent = new Map<string, { readonly health: Health; readonly at: number }>();
  return {
    remember: (service: Service, id: string, health: Health) => {
      for (const [key, { at }] of sent) if (now() - at > HEALTH_MEMORY) sent.delete(key);
      sent.set(keyOf(service, id), { health, at: now() });
    },
    recall: (service: Service, id: string): Health | undefined => {
      const known = sent.get(keyOf(service, id));
      return known !== undefined && now() - known.at <= HEALTH_MEMORY ? known.health : undefined;
    },
  };
}

function keyOf(service: Service, id: string): string {
  return `${service.id} ${id}`;
}
