import * as z from "zod";
import { AwsJsonError } from "../aws-json.ts";
import { healthOf } from "./health.ts";
import { servicesOf } from "./identity.ts";
import * as input from "./input.ts";
import type { CloudMapOperations } from "./input.ts";
import { shownAttributes } from "./instances.ts";
import type { Instance, Namespace, Service } from "./state.ts";
import type { CloudMapWorld } from "./world.ts";

const found = { NamespaceName: input.anyName, ServiceName: input.serviceName, OwnerAccount: input.account.optional() };

export const discoverOperations: CloudMapOperations = {
  DiscoverInstances: input.operation(
    {
      ...found,
      MaxResults: z.int().min(1).max(1_000).optional(),
      QueryParameters: input.attributes.optional(),
      OptionalParameters: input.attributes.optional(),
      HealthStatus: z.enum(["HEALTHY", "UNHEALTHY", "ALL", "HEALTHY_OR_ELSE_ALL"]).optional(),
    },
    (world, asked) => {
      const { namespace, service } = find(world, asked);
      const { MaxResults = 100, HealthStatus = world.options.switches.defaultHealthFilter } = asked;
      const known = [...service.discovery.instances.values()].filter((one) => has(one, asked.QueryParameters));
      const healthy = filterHealth(world, service, known, HealthStatus);
      const preferred = healthy.filter((one) => has(one, asked.OptionalParameters));
      const chosen = preferred.length > 0 ? preferred : healthy;
      return {
        Instances: shuffled(chosen)
          .slice(0, MaxResults)
          .map((one) => ({
            InstanceId: one.id,
            NamespaceName: namespace.httpName,
            ServiceName: service.name,
            HealthStatus: healthOf(world, service, one),
            Attributes: shownAttributes(world, one),
          })),
        InstancesRevision: service.discovery.revision,
      };
    },
  ),

  DiscoverInstancesRevision: input.operation(found, (world, asked) => ({
    InstancesRevision: find(world, asked).service.discovery.revision,
  })),
};

type Asked = z.output<z.ZodObject<typeof found>>;

/** By the names that discovery uses. A shared namespace is found only with its owner's account. */
function find(world: CloudMapWorld, { NamespaceName, ServiceName, OwnerAccount = world.account }: Asked) {
  const namespace = world.namespaces
    .values()
    .find(({ httpName, owner }: Namespace) => httpName === NamespaceName && owner === OwnerAccount);
  if (namespace === undefined)
    throw new AwsJsonError("NamespaceNotFound", `Can't find a namespace with name ${NamespaceName}`);
  const service = servicesOf(world, namespace).find(({ name }) => name === ServiceName);
  if (service === undefined) throw new AwsJsonError("ServiceNotFound", `Can't find a service with name ${ServiceName}`);
  catchUp(world, service);
  return { namespace, service };
}

function catchUp(world: CloudMapWorld, { discovery }: Service): void {
  const { instances, coming } = discovery;
  const isDue = (at: number) => at + world.options.discoverDelayMs <= world.now();
  let due = 0;
  for (const { at, id, instance } of coming) {
    if (!isDue(at)) break;
    if (instance === undefined) instances.delete(id);
    else instances.set(id, instance);
    due += 1;
  }
  coming.splice(0, due);
  discovery.revision += due;
}

function filterHealth(
  world: CloudMapWorld,
  service: Service,
  instances: readonly Instance[],
  filter: "HEALTHY" | "UNHEALTHY" | "ALL" | "HEALTHY_OR_ELSE_ALL",
): readonly Instance[] {
  const hasCheck = service.hasCustomHealth || service.settings.healthCheck !== undefined;
  if (!hasCheck || filter === "ALL") return instances;
  const wanted = filter === "UNHEALTHY" ? "UNHEALTHY" : "HEALTHY";
  const chosen = instances.filter((one) => healthOf(world, service, one) === wanted);
  return chosen.length === 0 && filter === "HEALTHY_OR_ELSE_ALL" ? instances : chosen;
}

function has({ attributes }: Instance, parameters: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(parameters).every(([key, value]) => attributes[key] === value);
}

/** DiscoverInstances answers in a random order, so that its callers spread. */
function shuffled<T>(things: readonly T[]): readonly T[] {
  return things
    .map((thing) => ({ thing, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ thing }) => thing);
}
