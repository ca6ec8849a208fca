import { randomUUID } from "node:crypto";
import { CreateServiceCommand, DeleteServiceCommand, ListServicesCommand } from "@aws-sdk/client-servicediscovery";
import type {
  CreateServiceCommandInput,
  Service as CreatedService,
  ServiceSummary,
} from "@aws-sdk/client-servicediscovery";
import { OWNER_KEY, PART_KEY } from "../core/attributes.ts";
import type { Attributes, CloudMapNamespace, RecordType, Service, ServiceKind } from "../core/model.ts";
import type { Configuration } from "../core/settings.ts";
import { isNamed, LateError } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { deniedRight, failure } from "./failures.ts";
import { listPages } from "./pages.ts";

/** Another account's namespace and its services are known by their ARNs alone; the configuration names it so. */
export type Addressing = (thing: { readonly id: string; readonly arn: string }, namespace: CloudMapNamespace) => string;

/** `namespaces`: as the configuration names them. */
export function addressingOf(namespaces: readonly string[]): Addressing {
  return ({ id, arn }, namespace) => (namespaces.includes(namespace.arn) ? arn : id);
}

/**
 * One list a namespace. A list of all services at once would be cheaper, as filters apply after paging, but does not say which
 * namespace a service is of (ServiceSummary has no such field, `DnsConfig.NamespaceId` is deprecated, and HTTP services have none);
 * GetService says it, a call for every service of the account.
 */
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

type CallOptions = {
  readonly owner: string;
  readonly part: string;
  readonly addressOf: Addressing;
  readonly until: number;
};

export type CreateOptions = CallOptions & {
  readonly services: Configuration["services"];
  readonly onWarning: (warning: string) => void;
};

/**
 * Undefined: somebody else has created it meanwhile, or its turn would come after `until`; whoever looks again sees which. Whoever may write a namespace of another account may not always tag in
 * it: there the service is made without tags, with a warning.
 */
export async function createService(
  calls: Calls,
  namespace: CloudMapNamespace,
  name: string,
  kind: ServiceKind,
  { owner, part, services, addressOf, onWarning, until }: CreateOptions,
): Promise<Service | undefined> {
  const address = addressOf(namespace, namespace);
  const create = (tags: Attributes) =>
    sendCreation(calls, creationOf(address, name, kind, kind.ttl ?? services.ttl, tags), until);
  try {
    const created = await create({ ...services.tags, ...tagsOf(owner, part) }).catch((error: unknown) => {
      if (address !== namespace.arn || !isTaggingDenied(error)) throw error;
      onWarning(
        `services in namespace ${namespace.arn} are created without tags, which its sharing does not allow; \`deleteServices\` leaves them alone, and the construct's \`services: "tagged"\` does not cover them`,
      );
      return create({});
    });
    const [service] = created === undefined ? [] : parseService({ ...created, InstanceCount: 0 }, namespace);
    if (service === undefined) throw new Error("Cloud Map answered without the service");
    return service;
  } catch (error) {
    if (isNamed(error, "ServiceAlreadyExists") || error instanceof LateError) return undefined;
    throw failure("CreateService", `service ${namespace.name}/${name} could not be created`, namespace.arn, error);
  }
}

/** Parts of one document share services, so the owner's tag is without the part. */
export function tagsOf(owner: string, part: string): Attributes {
  return { [OWNER_KEY]: owner, ...(part === "" ? {} : { [PART_KEY]: part }) };
}

/** The right that tags take besides that to create a service. */
export const TAGGING = "servicediscovery:TagResource";

function isTaggingDenied(error: unknown): boolean {
  return isNamed(error, "AccessDeniedException") && deniedRight(error).right === TAGGING;
}

async function sendCreation(
  calls: Calls,
  input: CreateServiceCommandInput,
  until: number,
): Promise<CreatedService | undefined> {
  const command = new CreateServiceCommand(input);
  const { Service: created } = await calls.send("CreateService", (client) => client.send(command), until);
  return created;
}

function creationOf(
  address: string,
  name: string,
  kind: ServiceKind,
  ttl: number,
  tags: Attributes,
): CreateServiceCommandInput {
  const DnsRecords = kind.records.map((Type) => ({ Type, TTL: ttl }));
  return {
    Name: name,
    NamespaceId: address,
    // The same id for every try of this one creation, another for the next: a service deleted since can be created again.
    CreatorRequestId: randomUUID(),
    Description: "Kept true to the pods of an EKS cluster by eks-cloudmap-sync",
    ...(DnsRecords.length === 0
      ? {}
      : { DnsConfig: { RoutingPolicy: kind.isWeighted === true ? "WEIGHTED" : "MULTIVALUE", DnsRecords } }),
    ...(kind.health === "custom" ? { HealthCheckCustomConfig: { FailureThreshold: 1 } } : {}),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

/** `tags`: of the service with an ARN. */
export type DeleteOptions = CallOptions & { readonly tags: (arn: string) => Promise<Attributes> };

/**
 * Deletes a service that carries this owner's tag, and that of the same part of its document. One that is still in use stays, and
 * so does one whose turn would come after `until`; a later pass tries again. So does one in another account's namespace whose tags
 * may not be read: that this owner made it cannot be known.
 */
export async function deleteService(
  calls: Calls,
  service: Service,
  { owner, part, addressOf, tags, until }: DeleteOptions,
): Promise<boolean> {
  const Id = addressOf(service, service.namespace);
  try {
    const read = await tags(service.arn);
    if (read[OWNER_KEY] !== owner || (read[PART_KEY] ?? "") !== part) return false;
    await calls.send("DeleteService", (client) => client.send(new DeleteServiceCommand({ Id })), until);
    return true;
  } catch (error) {
    if (isNamed(error, "ResourceInUse") || error instanceof LateError) return false;
    if (isNamed(error, "ServiceNotFound") || isNamed(error, "ResourceNotFoundException")) return true;
    if (Id === service.arn && isNamed(error, "AccessDeniedException")) return false;
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
      ttl: DnsConfig?.DnsRecords?.[0]?.TTL,
      ...(DnsConfig?.RoutingPolicy === "WEIGHTED" ? { isWeighted: true } : {}),
      // Where it is not told, the service may hold instances and has to be read.
      instanceCount: InstanceCount ?? 1,
    },
  ];
}
