import { AwsJsonError } from "../aws-json.ts";
import { findService, findWritable, namespaceOf, nextOrder, ownerOf, servicesOf } from "./identity.ts";
import * as input from "./input.ts";
import type { CloudMapOperations } from "./input.ts";
import { attributesFor } from "./instance-rules.ts";
import { pageOf } from "./pages.ts";
import { findRunning, startOperation } from "./running.ts";
import type { Instance, Service } from "./state.ts";
import type { CloudMapWorld } from "./world.ts";

export const instanceOperations: CloudMapOperations = {
  RegisterInstance: input.operation(
    {
      ServiceId: input.address,
      InstanceId: input.instanceId,
      CreatorRequestId: input.resourceId.optional(),
      Attributes: input.attributes,
    },
    (world, asked) => {
      const { InstanceId: id, CreatorRequestId: creatorRequestId } = asked;
      const service = findWritable(world, asked.ServiceId);
      const attributes = attributesFor(world, service, asked.Attributes);
      const resource = `${service.id} ${id}`;
      const running = findRunning(world, { resource, creatorRequestId, input: asked });
      if (running !== undefined) return { OperationId: running.id };
      checkQuotas(world, service, id);
      const instance = newInstance(world, service, { id, attributes, creatorRequestId });
      const started = startOperation(world, {
        type: "REGISTER_INSTANCE",
        owner: ownerOf(world, service),
        targets: { NAMESPACE: service.namespaceId, SERVICE: service.id, INSTANCE: id },
        resource,
        effect: { kind: "register", service, instance },
        creatorRequestId,
        input: asked,
      });
      service.running.set(id, started);
      return { OperationId: started.id };
    },
  ),

  DeregisterInstance: input.operation({ ServiceId: input.address, InstanceId: input.resourceId }, (world, asked) => {
    const id = asked.InstanceId;
    const service = findWritable(world, asked.ServiceId);
    const start = {
      type: "DEREGISTER_INSTANCE",
      owner: ownerOf(world, service),
      targets: { NAMESPACE: service.namespaceId, SERVICE: service.id, INSTANCE: id },
      resource: `${service.id} ${id}`,
      effect: { kind: "deregister", service, id },
      creatorRequestId: undefined,
      input: asked,
    } as const;
    findRunning(world, start);
    if (!service.instances.has(id) && world.services.has(service.id)) throw instanceNotFound(service, id);
    const started = startOperation(world, start);
    service.running.set(id, started);
    return { OperationId: started.id };
  }),

  GetInstance: input.operation({ ServiceId: input.address, InstanceId: input.resourceId }, (world, asked) => {
    const service = findService(world, asked.ServiceId);
    const found = visibleInstances(world, service).get(asked.InstanceId);
    if (found === undefined) throw instanceNotFound(service, asked.InstanceId);
    const shown = { ...shownInstance(world, found), CreatorRequestId: found.creatorRequestId };
    return { ResourceOwner: ownerOf(world, service), Instance: shown };
  }),

  ListInstances: input.operation({ ...input.page, ServiceId: input.address }, (world, asked) => {
    const service = findService(world, asked.ServiceId);
    const visible = visibleInstances(world, service).values();
    const { items, NextToken } = pageOf(world, visible, asked, ["instances", service.id]);
    const Instances = items.map((one) => shownInstance(world, one));
    return { ResourceOwner: ownerOf(world, service), Instances, NextToken };
  }),
};

/** An update keeps the instance's place in lists. Its initial status is HEALTHY unless AWS_INIT_HEALTH_STATUS says otherwise. */
export function newInstance(
  world: CloudMapWorld,
  service: Service,
  given: Pick<Instance, "id" | "attributes" | "creatorRequestId">,
): Instance {
  const status = given.attributes["AWS_INIT_HEALTH_STATUS"] === "UNHEALTHY" ? "UNHEALTHY" : "HEALTHY";
  return {
    ...given,
    order: service.instances.get(given.id)?.order ?? nextOrder(world),
    createdBy: world.account,
    health: { status, next: undefined },
  };
}

export function instanceNotFound(service: Service, id: string): AwsJsonError {
  return new AwsJsonError("InstanceNotFound", `Can't find an instance with id ${id} in service ${service.id}`);
}

/** As reads return them. */
export function shownAttributes(world: CloudMapWorld, { attributes }: Instance): Readonly<Record<string, string>> {
  if (world.options.switches.initHealth === "returned") return attributes;
  const { AWS_INIT_HEALTH_STATUS: _, ...others } = attributes;
  return others;
}

function shownInstance(world: CloudMapWorld, instance: Instance): object {
  return { Id: instance.id, Attributes: shownAttributes(world, instance), CreatedByAccount: instance.createdBy };
}

function visibleInstances(world: CloudMapWorld, service: Service): ReadonlyMap<string, Instance> {
  if (world.options.switches.writesShow === "completed" || service.running.size === 0) return service.instances;
  const visible = new Map(service.instances);
  for (const [id, { effect }] of service.running) {
    if (effect.kind === "register") visible.set(id, effect.instance);
    else visible.delete(id);
  }
  return new Map([...visible].toSorted(([, a], [, b]) => a.order - b.order));
}

function checkQuotas(world: CloudMapWorld, service: Service, id: string): void {
  if (service.instances.has(id)) return;
  const { instancesPerService, instancesPerNamespace } = world.options.quotas;
  if (countOf(service) >= instancesPerService)
    throw new AwsJsonError("ResourceLimitExceeded", "The quota of instances per service is reached");
  const siblings = servicesOf(world, namespaceOf(world, service));
  if (siblings.reduce((sum, one) => sum + countOf(one), 0) >= instancesPerNamespace)
    throw new AwsJsonError("ResourceLimitExceeded", "The quota of instances per namespace is reached");
}

/** With those that are about to be. */
function countOf({ instances, running }: Service): number {
  let count = instances.size;
  for (const [id, { effect }] of running) if (effect.kind === "register" && !instances.has(id)) count += 1;
  return count;
}
