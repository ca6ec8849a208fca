import { GetInstancesHealthStatusCommand, ListInstancesCommand } from "@aws-sdk/client-servicediscovery";
import { titleOf } from "../core/model.ts";
import type { Attributes, Health, Instance, Service } from "../core/model.ts";
import { isNamed } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { failure } from "./failures.ts";
import { listPages } from "./pages.ts";

/** Every instance of a service, by id. `address`: the service's id or ARN. `until`: when to give up, in milliseconds since the epoch. */
export async function listAttributes(
  calls: Calls,
  service: Service,
  address: string,
  until: number,
): Promise<ReadonlyMap<string, Attributes>> {
  try {
    const summaries = await listPages(
      calls,
      "ListInstances",
      (client, page) => client.send(new ListInstancesCommand({ ServiceId: address, ...page })),
      ({ Instances }) => Instances,
      until,
    );
    return new Map(
      summaries.flatMap(({ Id, Attributes: found = {} }) => (Id === undefined ? [] : [[Id, found] as const])),
    );
  } catch (error) {
    throw failure("ListInstances", `the instances of ${titleOf(service)} could not be listed`, service.arn, error);
  }
}

/** With their custom health where the service has such a check; `healthOf` knows what was sent lately and does not show yet. */
export async function listInstances(
  calls: Calls,
  service: Service,
  address: string,
  healthOf: (id: string) => Health | undefined,
  until: number,
): Promise<readonly Instance[]> {
  const attributes = await listAttributes(calls, service, address, until);
  const healths =
    service.health === "custom" && attributes.size > 0
      ? await listHealths(calls, service, address, until)
      : new Map<string, Health>();
  return [...attributes].map(([id, found]) => ({ id, attributes: found, health: healthOf(id) ?? healths.get(id) }));
}

async function listHealths(
  calls: Calls,
  service: Service,
  address: string,
  until: number,
): Promise<ReadonlyMap<string, Health>> {
  try {
    const statuses = await listPages(
      calls,
      "GetInstancesHealthStatus",
      (client, page) => client.send(new GetInstancesHealthStatusCommand({ ServiceId: address, ...page })),
      ({ Status }) => Object.entries(Status ?? {}),
      until,
    );
    return new Map(statuses.flatMap(([id, status]) => (status === "UNKNOWN" ? [] : [[id, status] as const])));
  } catch (error) {
    // The last instance may have gone since the list.
    if (isNamed(error, "InstanceNotFound")) return new Map();
    throw failure(
      "GetInstancesHealthStatus",
      `the health of ${titleOf(service)}'s instances could not be read`,
      service.arn,
      error,
    );
  }
}
