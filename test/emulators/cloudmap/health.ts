import * as z from "zod";
import { AwsJsonError } from "../aws-json.ts";
import { findService } from "./identity.ts";
import * as input from "./input.ts";
import type { CloudMapOperations } from "./input.ts";
import { instanceNotFound } from "./instances.ts";
import { pageOf } from "./pages.ts";
import type { Health, Instance, Service } from "./state.ts";
import type { CloudMapWorld } from "./world.ts";

export const healthOperations: CloudMapOperations = {
  UpdateInstanceCustomHealthStatus: input.operation(
    { ServiceId: input.address, InstanceId: input.resourceId, Status: z.enum(["HEALTHY", "UNHEALTHY"]) },
    (world, { ServiceId, InstanceId, Status }) => {
      const service = findService(world, ServiceId);
      const found = service.instances.get(InstanceId);
      if (found === undefined) throw instanceNotFound(service, InstanceId);
      if (!service.hasCustomHealth)
        throw new AwsJsonError("CustomHealthNotFound", `Service ${service.id} has no custom health check`);
      const { health } = found;
      health.status = customHealth(world, found);
      // The same status once more does not begin the wait anew.
      if (health.next?.status !== Status) health.next = { status: Status, at: world.now() };
      return {};
    },
  ),

  GetInstancesHealthStatus: input.operation(
    { ...input.page, ServiceId: input.address, Instances: z.array(input.resourceId).min(1).optional() },
    (world, asked) => {
      const service = findService(world, asked.ServiceId);
      const missing = asked.Instances?.find((id) => !service.instances.has(id));
      if (missing !== undefined) throw instanceNotFound(service, missing);
      const chosen = service.instances.values().filter(({ id }) => asked.Instances?.includes(id) ?? true);
      const { items, NextToken } = pageOf(world, chosen, asked, ["health", service.id, asked.Instances]);
      return { Status: Object.fromEntries(items.map((one) => [one.id, healthOf(world, service, one)])), NextToken };
    },
  ),
};

/** UNKNOWN without any health check; a Route 53 check says what `instance.health.status` is set to. */
export function healthOf(world: CloudMapWorld, service: Service, instance: Instance): Health | "UNKNOWN" {
  if (service.hasCustomHealth) return customHealth(world, instance);
  return service.settings.healthCheck === undefined ? "UNKNOWN" : instance.health.status;
}

function customHealth(world: CloudMapWorld, { health: { status, next } }: Instance): Health {
  return next !== undefined && next.at + world.options.customHealthDelayMs <= world.now() ? next.status : status;
}
