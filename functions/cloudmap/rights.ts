import {
  CreateServiceCommand,
  DeregisterInstanceCommand,
  RegisterInstanceCommand,
  UpdateInstanceCustomHealthStatusCommand,
} from "@aws-sdk/client-servicediscovery";
import type { ServiceDiscoveryClient, Tag } from "@aws-sdk/client-servicediscovery";
import type { AskRight, Denial, Write } from "../core/rights.ts";
import { isNamed } from "./calls.ts";
import type { Calls } from "./calls.ts";
import { deniedRight, failure } from "./failures.ts";
import type { RegistryOptions } from "./registry.ts";
import { addressingOf, TAGGING, tagsOf } from "./services.ts";
import type { Addressing } from "./services.ts";

/**
 * Asks AWS whether a write would be allowed, by one that cannot be carried out. That AWS looks at the rights first, and at what is
 * asked only then, is an assumption, which `npm run verify:aws -- --only write-rights` tries. Nothing is changed whatever AWS says:
 *
 * | call                             | why it changes nothing                                                                         |
 * |----------------------------------|------------------------------------------------------------------------------------------------|
 * | DeregisterInstance               | no instance can have the id: RegisterInstance takes no blank in one                            |
 * | UpdateInstanceCustomHealthStatus | the same                                                                                       |
 * | RegisterInstance                 | more custom attributes (30), and more characters (5,000), than an instance may have; and none  |
 * |                                  | of those that DNS records are made of                                                          |
 * | CreateService                    | two health checks, of which a service has one at most; and records that cannot be combined,    |
 * |                                  | and that an HTTP namespace has none of                                                         |
 *
 * The limits are those of the API pages of RegisterInstance, CreateService and DnsRecord. Should AWS take one of the last two all the
 * same, an error says how to take it back. `until`: when to stop, in milliseconds since the epoch.
 */
export function createAskRight(
  calls: Calls,
  { namespaces, services, owner, part = "" }: Pick<RegistryOptions, "namespaces" | "services" | "owner" | "part">,
  until = Infinity,
): AskRight {
  const addressOf = addressingOf(namespaces);
  const tags = Object.entries({ ...services.tags, ...tagsOf(owner, part) }).map(([Key, Value]) => ({ Key, Value }));
  return async (write) => {
    const denial = await ask(calls, commandOf(write, addressOf, tags), write, until);
    // In a namespace of another account services may be made without tags: then they are.
    const isUntagged = write.operation === "CreateService" && addressOf(write.on, write.on) === write.on.arn;
    return denial?.right === TAGGING && isUntagged ? ask(calls, commandOf(write, addressOf, []), write, until) : denial;
  };
}

type Command = (client: ServiceDiscoveryClient) => Promise<unknown>;

async function ask(
  calls: Calls,
  command: Command,
  { operation, on }: Write,
  until: number,
): Promise<Denial | undefined> {
  try {
    await calls.send(operation, command, until);
  } catch (error) {
    if (isNamed(error, "AccessDeniedException")) {
      const { right = `servicediscovery:${operation}` } = deniedRight(error);
      return { right, words: error.message };
    }
    if (error instanceof Error && REFUSALS.has(error.name)) return undefined;
    throw failure(operation, `whether ${operation} is allowed on ${on.name} could not be asked`, on.arn, error);
  }
  const back = TAKEN_BACK[operation];
  if (back === undefined) return undefined;
  throw new Error(`${operation} on ${on.name} was accepted, against the limits of its API; take it back: ${back}`);
}

/** What AWS answers to whoever has the right. */
const REFUSALS: ReadonlySet<string> = new Set([
  "InvalidInput",
  "InstanceNotFound",
  "CustomHealthNotFound",
  "ServiceNotFound",
  "NamespaceNotFound",
  "ServiceAlreadyExists",
  "ResourceLimitExceeded",
  "DuplicateRequest",
]);

const NAME = "eks-cloudmap-sync-asks";
/** RegisterInstance's pattern of an id has no blank; DeregisterInstance's is any text of 64 characters. */
const IMPOSSIBLE_ID = `${NAME} for a right`;
const TOO_MANY = Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`${NAME}/${n}`, "-".repeat(200)]));

const TAKEN_BACK: Partial<Readonly<Record<Write["operation"], string>>> = {
  RegisterInstance: `deregister instance ${NAME}`,
  CreateService: `delete service ${NAME}`,
};

function commandOf(write: Write, addressOf: Addressing, Tags: Tag[]): Command {
  if (write.operation === "CreateService") {
    const command = new CreateServiceCommand({
      Name: NAME,
      NamespaceId: addressOf(write.on, write.on),
      HealthCheckConfig: { Type: "HTTP" },
      HealthCheckCustomConfig: { FailureThreshold: 1 },
      DnsConfig: { DnsRecords: (["A", "CNAME"] as const).map((Type) => ({ Type, TTL: 60 })) },
      Tags,
    });
    return (client) => client.send(command);
  }
  const { operation, on } = write;
  const nowhere = { ServiceId: addressOf(on, on.namespace), InstanceId: IMPOSSIBLE_ID };
  switch (operation) {
    case "RegisterInstance": {
      const command = new RegisterInstanceCommand({ ...nowhere, InstanceId: NAME, Attributes: TOO_MANY });
      return (client) => client.send(command);
    }
    case "DeregisterInstance":
      return (client) => client.send(new DeregisterInstanceCommand(nowhere));
    case "UpdateInstanceCustomHealthStatus":
      return (client) => client.send(new UpdateInstanceCustomHealthStatusCommand({ ...nowhere, Status: "HEALTHY" }));
    default:
      return operation satisfies never;
  }
}
