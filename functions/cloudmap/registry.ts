import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import type { Attributes, CloudMapNamespace, Health, Service } from "../core/model.ts";
import type { FoundNamespace, Registry } from "../core/ports.ts";
import type { Configuration } from "../core/settings.ts";
import { settle } from "../core/settle.ts";
import { applyChanges } from "./apply-changes.ts";
import { createCalls, isNamed } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { listInstances } from "./instances.ts";
import { createFindNamespace } from "./namespaces.ts";
import { createMemory } from "./remember.ts";
import { addressingOf, createService, deleteService, listServices } from "./services.ts";
import { listTags } from "./tags.ts";
import type { Target } from "./write.ts";

export type RegistryOptions = Pick<Configuration, "namespaces" | "services" | "rates"> & {
  /** One that does not retry by itself: see `createServiceDiscoveryClient`. */
  readonly client: ServiceDiscoveryClient;
  /** What services are tagged with. */
  readonly owner: string;
  /** Which part of the owner's document this is; a service is deleted by the part alone that made it. */
  readonly part?: string;
  /** Told of each call that AWS asks to slow down. */
  readonly onThrottle?: (operation: string) => void;
  /** Told of each call that is sent. */
  readonly onCall?: (operation: string) => void;
  /** Told what is done otherwise than asked for; the same may come again. */
  readonly onWarning?: (warning: string) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

/** How long namespaces and services are taken as they were: as long as the configuration is, in milliseconds. */
const MEMORY = 60_000;
/** The same for the tags of services, which whoever created them gave them. */
const TAGS_MEMORY = 3_600_000;
/** Of so many namespaces the services can be listed at once; ListServices' rate lets one a second follow. */
const AT_ONCE = 8;
/** A list that takes longer, in milliseconds, has many pages, or waits for others. */
const SLOW = 1_000;
/**
 * Where lists are many or slow, services are taken as they were for so much longer while they are listed again, in milliseconds. A
 * function goes on with that only while it runs: eight pages a pass at least, 480 in an hour of passes each minute. What has changed
 * meanwhile shows as soon as it is used (ServiceNotFound, ServiceAlreadyExists).
 */
const STALE = 3_600_000;

/** A custom health status takes about 30 s to show; for this long, in milliseconds, what was sent counts as what is there. */
const HEALTH_MEMORY = 60_000;

/** AWS Cloud Map, kept under its rates, with every write confirmed. */
export function createRegistry(options: RegistryOptions): Registry {
  const { client, namespaces, services, rates, owner, part = "", now = Date.now } = options;
  const { onCall = () => {}, onThrottle = () => {}, onWarning = () => {} } = options;
  const known = {
    namespaces: createMemory<readonly FoundNamespace[]>(MEMORY, now),
    services: createMemory<readonly Service[]>(MEMORY, now, (took) =>
      namespaces.length > AT_ONCE || took > SLOW ? STALE : 0,
    ),
    tags: createMemory<Attributes>(TAGS_MEMORY, now),
  };
  const calls = createCalls({ client, rates, onCall, onThrottle, now });
  /** Calls about a namespace and its services: what turns out to be gone is read anew. */
  const callsIn = ({ id }: CloudMapNamespace) =>
    noticing(calls, (error) => {
      if (isNamed(error, "NamespaceNotFound")) known.namespaces.forgetAll();
      if (isNamed(error, "ServiceNotFound") || isNamed(error, "NamespaceNotFound")) known.services.forget(id);
    });
  const sentHealth = createHealthMemory(now);
  const addressOf = addressingOf(namespaces);
  const targetOf = (service: Service): Target => ({ service, address: addressOf(service, service.namespace) });

  return {
    listNamespaces: async (until = Infinity) => {
      const read = async (): Promise<readonly FoundNamespace[]> => {
        const find = createFindNamespace(calls, namespaces, until);
        return Promise.all(namespaces.map(async (asked) => ({ asked, read: await settle(() => find(asked)) })));
      };
      const found = await known.namespaces.recall("all", read);
      if (found.some((one) => "failure" in one.read)) known.namespaces.forgetAll();
      return found;
    },
    listServicesIn: (namespace, until = Infinity, { fresh } = { fresh: false }) => {
      const read = () => listServices(callsIn(namespace), namespace, addressOf, until);
      return fresh ? known.services.renew(namespace.id, read) : known.services.recall(namespace.id, read);
    },
    createService: async (namespace, name, kind, until = Infinity) => {
      const options = { owner, part, services, addressOf, onWarning, until };
      const created = await createService(callsIn(namespace), namespace, name, kind, options);
      // A list takes of a rate that a first deployment's creations would use up.
      if (created === undefined) known.services.forget(namespace.id);
      else known.services.amend(namespace.id, (list) => [...list.filter(({ id }) => id !== created.id), created]);
      return created;
    },
    deleteService: async (service, until = Infinity) => {
      const tags = (arn: string) => known.tags.recall(arn, () => listTags(calls, arn, until));
      const isDeleted = await deleteService(callsIn(service.namespace), service, {
        owner,
        part,
        addressOf,
        tags,
        until,
      });
      if (isDeleted) known.services.forget(service.namespace.id);
      return isDeleted;
    },
    listInstances: (service, until = Infinity) =>
      listInstances(
        callsIn(service.namespace),
        service,
        targetOf(service).address,
        (id) => sentHealth.recall(service, id),
        until,
      ),
    apply: async (service, changes, times) => {
      const outcomes = await applyChanges(callsIn(service.namespace), targetOf(service), changes, times);
      for (const { change, result } of outcomes) {
        if (change.kind === "set-health" && result === "done") sentHealth.remember(service, change.id, change.health);
      }
      return outcomes;
    },
  };
}

/** Shows each failure to somebody else before it is thrown. */
function noticing(calls: Calls, onFailure: (error: unknown) => void): Calls {
  return {
    ...calls,
    send: async (...call) => {
      try {
        return await calls.send(...call);
      } catch (error) {
        onFailure(error);
        throw error;
      }
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
