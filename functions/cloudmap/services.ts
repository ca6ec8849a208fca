import { randomUUID } from "node:crypto";
import {
  CreateServiceCommand,
  DeleteServiceCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-servicediscovery";
import type { ServiceSummary } from "@aws-sdk/client-servicediscovery";
import { OWNER_KEY } from "../core/attributes.ts";
import type { CloudMapNamespace, RecordType, Service, ServiceKind } from "../core/model.ts";
import { isNamed } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { failure } from "./failures.ts";
import { listPages } from "./pages.ts";

/** Another account's namespace and its services are known by their ARNs alone; the configuration names it so. */
export type Addressing = (thing: { readonly id: string; readonly arn: string }, namespace: CloudMapNamespace) => string;

export async function listServices(
  calls: Calls,
  namespace: CloudMapNamespace,
  addressOf: Addressing,
  until: number,
): Promise<readonly Service[]> {
  const address = addressOf(namespace, namespace);
  try {
    const summaries = await listPages(
      calls,
      "ListServices",
      (client, page) =>
        client.send(
          new ListServicesCommand({ ...page, Filters: [{ Name: "NAMESPACE_ID", Condition: "EQ", Values: [address] }] }),
        ),
      ({ Services }) => Services,
      until,
    );
    return summaries
      .filter(({ DnsConfig }) => [namespace.id, undefined].includes(DnsConfig?.NamespaceId))
      .flatMap((summary) => parseService(summary, namespace));
  } catch (error) {
    throw failure("ListServices", `the services of namespace ${namespace.name} could not be listed`, "*", error);
  }
}

type CallOptions = { readonly owner: string; readonly addressOf: Addressing; readonly until: number };

/** Undefined: somebody else has created it meanwhile. */
export async function createService(
  calls: Calls,
  namespace: CloudMapNamespace,
  name: string,
  kind: ServiceKind,
  options: CallOptions & { readonly ttl: number },
): Promise<Service | undefined> {
  // The same id for every try of this one creation, another for the next: a service deleted since can be created again.
  const CreatorRequestId = randomUUID();
  const DnsRecords = kind.records.map((Type) => ({ Type, TTL: options.ttl }));
  const command = new CreateServiceCommand({
    Name: name,
    NamespaceId: options.addressOf(namespace, namespace),
    CreatorRequestId,
    Description: "Kept true to the pods of an EKS cluster by eks-cloudmap-sync",
    ...(DnsRecords.length === 0 ? {} : { DnsConfig: { RoutingPolicy: "MULTIVALUE", DnsRecords } }),
    ...(kind.health === "custom" ? { HealthCheckCustomConfig: { FailureThreshold: 1 } } : {}),
    Tags: [{ Key: OWNER_KEY, Value: options.owner }],
  });
  try {
    const { Service: created } = await calls.send("CreateService", (client) => client.send(command), options.until);
    const [service] = created === undefined ? [] : parseService({ ...created, InstanceCount: 0 }, namespace);
    if (service === undefined) throw new Error("Cloud Map answered without the service");
    return service;
  } catch (error) {
    if (isNamed(error, "ServiceAlreadyExists")) return undefined;
    throw failure("CreateService", `service ${namespace.name}/${name} could not be created`, namespace.arn, error);
  }
}

/** Deletes a service that carries this owner's tag. One that is still in use stays; a later pass tries again. */
export async function deleteService(
  calls: Calls,
  service: Service,
  { owner, addressOf, until }: CallOptions,
): Promise<boolean> {
  try {
    const listTags = new ListTagsForResourceCommand({ ResourceARN: service.arn });
    const { Tags = [] } = await calls.send("ListTagsForResource", (client) => client.send(listTags), until);
    if (!Tags.some(({ Key, Value }) => Key === OWNER_KEY && Value === owner)) return false;
    const Id = addressOf(service, service.namespace);
    await calls.send("DeleteService", (client) => client.send(new DeleteServiceCommand({ Id })), until);
    return true;
  } catch (error) {
    if (isNamed(error, "ResourceInUse")) return false;
    if (isNamed(error, "ServiceNotFound") || isNamed(error, "ResourceNotFoundException")) return true;
    const what = `service ${service.namespace.name}/${service.name} could not be deleted`;
    throw failure("DeleteService", what, service.arn, error);
  }
}

function parseService(summary: ServiceSummary, namespace: CloudMapNamespace): readonly Service[] {
  const { Id, Arn, Name, DnsConfig, HealthCheckConfig, HealthCheckCustomConfig, InstanceCount } = summary;
  if (Id === undefined || Name === undefined) return [];
  return [
    {
      namespace,
      name: Name,
      id: Id,
      arn: Arn ?? Id,
      records: (DnsConfig?.DnsRecords ?? []).flatMap(({ Type }): readonly RecordType[] =>
        Type === undefined ? [] : [Type],
      ),
      health: HealthCheckCustomConfig !== undefined ? "custom" : HealthCheckConfig !== undefined ? "route53" : "none",
      // Where it is not told, the service may hold instances and has to be read.
      instanceCount: InstanceCount ?? 1,
    },
  ];
}
