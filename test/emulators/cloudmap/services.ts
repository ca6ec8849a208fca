import * as z from "zod";
import { AwsJsonError } from "../aws-json.ts";
import { checkConsumer } from "./consumer.ts";
import { matcherOf } from "./filters.ts";
import type { FilterRule } from "./filters.ts";
import { findNamespace, findService, identify, isAddress, namespaceOf, ownerOf, servicesOf } from "./identity.ts";
import * as input from "./input.ts";
import type { CloudMapOperations } from "./input.ts";
import { pageOf } from "./pages.ts";
import { findRunning, fingerprintOf, startOperation } from "./running.ts";
import { checkNewService, settingsAfter } from "./service-rules.ts";
import type { Namespace, Service } from "./state.ts";
import { checkTags } from "./tags.ts";
import type { CloudMapWorld } from "./world.ts";

const dnsRecords = z.array(z.object({ Type: z.enum(["A", "AAAA", "SRV", "CNAME"]), TTL: input.ttl }));
const threshold = z.int().min(1).max(10).optional();
const healthCheck = z.object({
  Type: z.enum(["HTTP", "HTTPS", "TCP"]),
  ResourcePath: z.string().max(255).optional(),
  FailureThreshold: threshold,
});

export const serviceOperations: CloudMapOperations = {
  CreateService: input.operation(
    {
      Name: input.serviceName,
      NamespaceId: input.address.optional(),
      CreatorRequestId: input.resourceId.optional(),
      Description: input.description.optional(),
      DnsConfig: z
        .object({
          NamespaceId: input.resourceId.optional(),
          RoutingPolicy: z.enum(["MULTIVALUE", "WEIGHTED"]).optional(),
          DnsRecords: dnsRecords,
        })
        .optional(),
      HealthCheckConfig: healthCheck.optional(),
      HealthCheckCustomConfig: z.object({ FailureThreshold: threshold }).optional(),
      Tags: input.tags.optional(),
      Type: z.literal("HTTP").optional(),
    },
    (world, asked) => {
      const { Name: name, CreatorRequestId: creatorRequestId, DnsConfig, Tags = [] } = asked;
      const namespaceAddress = asked.NamespaceId ?? DnsConfig?.NamespaceId;
      if (namespaceAddress === undefined) throw input.invalid("NamespaceId: must be specified");
      const namespace = findNamespace(world, namespaceAddress);
      if (Tags.length > 0) checkConsumer(world, namespace.owner, "TagResource", serviceArns(world, namespace.owner));
      checkNewService(namespace, asked);
      checkTags(name, Tags);
      const fingerprint = fingerprintOf(asked);
      const twin = findTwin(world, namespace, name);
      if (twin !== undefined) {
        const isRetry = creatorRequestId !== undefined && twin.creatorRequestId === creatorRequestId;
        if (isRetry && twin.fingerprint === fingerprint) return { Service: shownService(world, twin) };
        const fields = { ServiceId: twin.id, ServiceArn: twin.arn, CreatorRequestId: twin.creatorRequestId };
        throw new AwsJsonError("ServiceAlreadyExists", `Service already exists: ${name}`, { fields });
      }
      const service = newService(world, namespace, {
        name,
        settings: {
          description: asked.Description,
          dns: DnsConfig && {
            RoutingPolicy: DnsConfig.RoutingPolicy ?? "MULTIVALUE",
            DnsRecords: DnsConfig.DnsRecords,
          },
          healthCheck: asked.HealthCheckConfig,
        },
        hasCustomHealth: asked.HealthCheckCustomConfig !== undefined,
        creatorRequestId,
        fingerprint,
      });
      world.services.set(service.id, service);
      world.tags.set(service.arn, Tags);
      return { Service: shownService(world, service) };
    },
  ),

  GetService: input.operation({ Id: input.address }, (world, { Id }) => ({
    Service: shownService(world, findService(world, Id)),
  })),

  ListServices: input.operation({ ...input.page, Filters: input.filters }, (world, asked) => {
    const matches = matcherOf(asked.Filters, rulesFor(world, asked.Filters?.flatMap(({ Values }) => Values) ?? []));
    const { items, NextToken } = pageOf(world, world.services.values(), asked, ["services", asked.Filters], matches);
    return { Services: items.map((one) => summaryOf(world, one)), NextToken };
  }),

  UpdateService: input.operation(
    {
      Id: input.address,
      Service: z.object({
        Description: input.description.optional(),
        DnsConfig: z.object({ DnsRecords: dnsRecords }).optional(),
        HealthCheckConfig: healthCheck.optional(),
      }),
    },
    (world, asked) => {
      const service = findService(world, asked.Id);
      const start = {
        type: "UPDATE_SERVICE",
        owner: ownerOf(world, service),
        targets: { SERVICE: service.id },
        resource: service.id,
        creatorRequestId: undefined,
        input: asked,
      } as const;
      findRunning(world, start);
      const settings = settingsAfter(namespaceOf(world, service), service, asked.Service);
      return {
        OperationId: startOperation(world, { ...start, effect: { kind: "update-service", service, settings } }).id,
      };
    },
  ),

  DeleteService: input.operation({ Id: input.address }, (world, { Id }) => {
    const service = findService(world, Id);
    const isBusy = service.running.size > 0 && world.options.switches.deletedService === "refused";
    if (service.instances.size > 0 || isBusy)
      throw new AwsJsonError("ResourceInUse", "Service contains registered instances; delete the instances first");
    world.services.delete(service.id);
    world.deletedServices.set(service.id, service);
    world.tags.delete(service.arn);
    return {};
  }),
};

export function newService(
  world: CloudMapWorld,
  namespace: Namespace,
  given: Pick<Service, "name" | "settings" | "hasCustomHealth" | "creatorRequestId" | "fingerprint">,
): Service {
  return {
    ...identify(world, "service", namespace.owner),
    namespaceId: namespace.id,
    ...given,
    attributes: new Map(),
    createdBy: world.account,
    instances: new Map(),
    running: new Map(),
    discovery: { instances: new Map(), coming: [], revision: 1 },
  };
}

/** A service that is to be created has no id yet. */
function serviceArns({ region }: CloudMapWorld, owner: string): string {
  return `arn:aws:servicediscovery:${region}:${owner}:service/*`;
}

/** DNS does not tell upper from lower case. */
function findTwin(world: CloudMapWorld, namespace: Namespace, name: string): Service | undefined {
  const keyOf = (text: string) => (namespace.type === "HTTP" ? text : text.toLowerCase());
  return servicesOf(world, namespace).find((one) => keyOf(one.name) === keyOf(name));
}

function summaryOf(world: CloudMapWorld, service: Service): object {
  const { settings, hasCustomHealth } = service;
  return {
    Id: service.id,
    Arn: service.arn,
    ResourceOwner: ownerOf(world, service),
    Name: service.name,
    Type: settings.dns === undefined ? "HTTP" : "DNS_HTTP",
    Description: settings.description,
    InstanceCount: service.instances.size,
    DnsConfig: settings.dns ?? {},
    HealthCheckConfig: settings.healthCheck,
    HealthCheckCustomConfig: hasCustomHealth ? { FailureThreshold: 1 } : undefined,
    CreateDate: service.createdAt / 1_000,
    CreatedByAccount: service.createdBy,
  };
}

function shownService(world: CloudMapWorld, service: Service): object {
  const { namespaceId, creatorRequestId, settings } = service;
  return {
    ...summaryOf(world, service),
    NamespaceId: namespaceId,
    DnsConfig: settings.dns && { NamespaceId: namespaceId, ...settings.dns },
    CreatorRequestId: creatorRequestId,
  };
}

function rulesFor(world: CloudMapWorld, asked: readonly string[]): Readonly<Record<string, FilterRule<Service>>> {
  return {
    NAMESPACE_ID: {
      conditions: ["EQ"],
      valuesOf: (service) => {
        const { arn, owner } = namespaceOf(world, service);
        return asked.filter((address) => isAddress(world, address, arn, owner));
      },
    },
    RESOURCE_OWNER: {
      conditions: ["EQ"],
      allowed: ["SELF", "OTHER_ACCOUNTS"],
      valuesOf: (service) => [ownerOf(world, service) === world.account ? "SELF" : "OTHER_ACCOUNTS"],
    },
  };
}
