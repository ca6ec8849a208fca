import type * as z from "zod";
import { AwsJsonError } from "../aws-json.ts";
import { checkConsumer } from "./consumer.ts";
import { matcherOf } from "./filters.ts";
import type { FilterRule } from "./filters.ts";
import { findNamespace, identify, randomText, servicesOf } from "./identity.ts";
import * as input from "./input.ts";
import type { CloudMapOperations } from "./input.ts";
import { pageOf } from "./pages.ts";
import { findRunning, startOperation } from "./running.ts";
import type { Namespace, NamespaceType, Tag } from "./state.ts";
import { checkTags } from "./tags.ts";
import type { CloudMapWorld } from "./world.ts";

const common = {
  CreatorRequestId: input.resourceId.optional(),
  Description: input.description.optional(),
  Tags: input.tags.optional(),
};

export const namespaceOperations: CloudMapOperations = {
  CreatePrivateDnsNamespace: input.operation(
    { ...common, Name: input.privateName, Vpc: input.resourceId, Properties: input.namespaceProperties },
    (world, asked) => createNamespace(world, "DNS_PRIVATE", asked),
  ),
  CreatePublicDnsNamespace: input.operation(
    { ...common, Name: input.publicName, Properties: input.namespaceProperties },
    (world, asked) => createNamespace(world, "DNS_PUBLIC", asked),
  ),
  CreateHttpNamespace: input.operation({ ...common, Name: input.httpName }, (world, asked) =>
    createNamespace(world, "HTTP", asked),
  ),

  GetNamespace: input.operation({ Id: input.address }, (world, { Id }) => {
    const found = findNamespace(world, Id);
    return { Namespace: { ...shownNamespace(world, found), CreatorRequestId: found.creatorRequestId } };
  }),

  ListNamespaces: input.operation({ ...input.page, Filters: input.filters }, (world, asked) => {
    const matches = matcherOf(asked.Filters, rulesFor(world));
    const { items, NextToken } = pageOf(
      world,
      world.namespaces.values(),
      asked,
      ["namespaces", asked.Filters],
      matches,
    );
    return { Namespaces: items.map((one) => shownNamespace(world, one)), NextToken };
  }),

  DeleteNamespace: input.operation({ Id: input.address }, (world, asked) => {
    const namespace = findNamespace(world, asked.Id);
    checkConsumer(world, namespace.owner, "DeleteNamespace", namespace.arn);
    const start = {
      type: "DELETE_NAMESPACE",
      owner: namespace.owner,
      targets: { NAMESPACE: namespace.id },
      resource: namespace.id,
      effect: { kind: "delete-namespace", namespace },
      creatorRequestId: undefined,
      input: asked,
    } as const;
    findRunning(world, start);
    if (servicesOf(world, namespace).length > 0)
      throw new AwsJsonError("ResourceInUse", "Namespace has associated services. Please delete the services first");
    return { OperationId: startOperation(world, start).id };
  }),
};

/** Where none is asked for, in seconds. */
const SOA_TTL = 15;

type CreateInput = {
  readonly Name: string;
  readonly Vpc?: string;
  readonly CreatorRequestId?: string | undefined;
  readonly Description?: string | undefined;
  readonly Properties?: z.output<typeof input.namespaceProperties>;
  readonly Tags?: readonly Tag[] | undefined;
};

function createNamespace(world: CloudMapWorld, type: NamespaceType, asked: CreateInput): object {
  const { Name: name, Vpc: vpc, CreatorRequestId: creatorRequestId, Tags: tags = [] } = asked;
  const resource = `${type} ${name} ${vpc ?? ""}`;
  const running = findRunning(world, { resource, creatorRequestId, input: asked });
  if (running !== undefined) return { OperationId: running.id };
  const own = [...world.namespaces.values()].filter(({ owner }) => owner === world.account);
  const twin = own.find((one) => one.name === name && one.type === type && one.vpc === vpc);
  if (twin !== undefined) {
    const fields = { NamespaceId: twin.id, CreatorRequestId: twin.creatorRequestId };
    throw new AwsJsonError("NamespaceAlreadyExists", `Namespace already exists: ${name}`, { fields });
  }
  checkTags(asked.Name, tags);
  if (own.length >= world.options.quotas.namespaces)
    throw new AwsJsonError("ResourceLimitExceeded", "The quota of namespaces per Region is reached");
  const soaTtl = asked.Properties?.DnsProperties.SOA.TTL ?? SOA_TTL;
  const settings = { description: asked.Description, soaTtl };
  const namespace = newNamespace(world, { name, type, vpc, creatorRequestId, settings });
  const started = startOperation(world, {
    type: "CREATE_NAMESPACE",
    owner: world.account,
    targets: { NAMESPACE: namespace.id },
    resource,
    effect: { kind: "create-namespace", namespace, tags },
    creatorRequestId,
    input: asked,
  });
  return { OperationId: started.id };
}

/** A name that is in use already gets an HttpName of its own. */
export function newNamespace(
  world: CloudMapWorld,
  given: Pick<Namespace, "name" | "type"> & Partial<Namespace>,
): Namespace {
  const { name, type, owner = world.account, vpc, creatorRequestId } = given;
  const { settings = { description: undefined, soaTtl: SOA_TTL } } = given;
  const isTaken = world.namespaces.values().some((one) => one.owner === owner && one.httpName === name);
  const httpName = isTaken ? `${name}-${randomText(8)}` : name;
  return { ...identify(world, "namespace", owner), owner, name, httpName, type, vpc, settings, creatorRequestId };
}

function shownNamespace(world: CloudMapWorld, namespace: Namespace): object {
  const { id, arn, owner, name, httpName, type, settings, createdAt } = namespace;
  const zone = { DnsProperties: { HostedZoneId: `Z${id.slice(3).toUpperCase()}`, SOA: { TTL: settings.soaTtl } } };
  return {
    Id: id,
    Arn: arn,
    ResourceOwner: owner,
    Name: name,
    Type: type,
    Description: settings.description,
    ServiceCount: servicesOf(world, namespace).length,
    Properties: { ...(type === "HTTP" ? {} : zone), HttpProperties: { HttpName: httpName } },
    CreateDate: createdAt / 1_000,
  };
}

function rulesFor(world: CloudMapWorld): Readonly<Record<string, FilterRule<Namespace>>> {
  const conditions = ["EQ", "BEGINS_WITH"] as const;
  return {
    TYPE: { conditions, valuesOf: ({ type }) => [type] },
    NAME: { conditions, valuesOf: ({ name }) => [name] },
    HTTP_NAME: { conditions, valuesOf: ({ httpName }) => [httpName] },
    RESOURCE_OWNER: {
      conditions: ["EQ"],
      allowed: ["SELF", "OTHER_ACCOUNTS"],
      valuesOf: ({ owner }) => [owner === world.account ? "SELF" : "OTHER_ACCOUNTS"],
    },
  };
}
