import * as z from "zod";
import { checkConsumer } from "./consumer.ts";
import { findNamespace } from "./identity.ts";
import * as input from "./input.ts";
import type { CloudMapOperations } from "./input.ts";
import { findRunning, startOperation } from "./running.ts";
import type { NamespaceType } from "./state.ts";
import type { CloudMapWorld } from "./world.ts";

const common = { Id: input.address, UpdaterRequestId: input.resourceId.optional() };
const dnsChange = z.object({ Description: input.description.optional(), Properties: input.namespaceProperties });

export const namespaceUpdates: CloudMapOperations = {
  UpdateHttpNamespace: input.operation(
    { ...common, Namespace: z.object({ Description: input.description }) },
    (world, asked) => updateNamespace(world, "HTTP", asked),
  ),
  UpdatePrivateDnsNamespace: input.operation({ ...common, Namespace: dnsChange }, (world, asked) =>
    updateNamespace(world, "DNS_PRIVATE", asked),
  ),
  UpdatePublicDnsNamespace: input.operation({ ...common, Namespace: dnsChange }, (world, asked) =>
    updateNamespace(world, "DNS_PUBLIC", asked),
  ),
};

type Change = z.output<typeof dnsChange>;

/** What is left out stays as it is. */
function updateNamespace(
  world: CloudMapWorld,
  type: NamespaceType,
  asked: { readonly Id: string; readonly UpdaterRequestId?: string | undefined; readonly Namespace: Change },
): object {
  const namespace = findNamespace(world, asked.Id);
  checkConsumer(world, namespace.owner, "UpdateNamespace", namespace.arn);
  if (namespace.type !== type) throw input.invalid(`Id: ${asked.Id} is a namespace of the type ${namespace.type}`);
  const { Description = namespace.settings.description, Properties } = asked.Namespace;
  const soaTtl = Properties?.DnsProperties.SOA.TTL ?? namespace.settings.soaTtl;
  const start = {
    type: "UPDATE_NAMESPACE",
    owner: namespace.owner,
    targets: { NAMESPACE: namespace.id },
    resource: namespace.id,
    effect: { kind: "update-namespace", namespace, settings: { description: Description, soaTtl } },
    creatorRequestId: asked.UpdaterRequestId,
    input: asked,
  } as const;
  return { OperationId: (findRunning(world, start) ?? startOperation(world, start)).id };
}
