import {
  DeleteNamespaceCommand,
  DeleteServiceCommand,
  DeregisterInstanceCommand,
  GetOperationCommand,
  ListInstancesCommand,
  ListNamespacesCommand,
  ListServicesCommand,
} from "@aws-sdk/client-servicediscovery";
import type { NamespaceFilter, ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { PREFIX, SERVICE_PREFIX } from "./stage.ts";
import type { Account } from "./stage.ts";

type Cleaner = Pick<Account, "client" | "now" | "sleep">;
/** How long what still works is waited for, in milliseconds. */
const PATIENCE = 300_000;
const PAUSE = 1_000;

/** Removes everything that any run of this has made, and returns the namespaces' names. Throws where something stays. */
export async function cleanUp(account: Cleaner): Promise<readonly string[]> {
  const { client, now, sleep } = account;
  const until = now() + PATIENCE;
  const seen = new Set<string>();
  for (;;) {
    const left = await listNamespaces(client);
    if (left.length === 0) return [...seen];
    for (const { id, name } of left) {
      seen.add(name);
      await removeNamespace(account, id);
    }
    if (now() > until) throw new Error(`${[...seen].join(", ")} could not be removed; run this again`);
    await sleep(PAUSE);
  }
}

async function listNamespaces(client: ServiceDiscoveryClient): Promise<readonly { id: string; name: string }[]> {
  const Filters: NamespaceFilter[] = [
    { Name: "RESOURCE_OWNER", Condition: "EQ", Values: ["SELF"] },
    { Name: "NAME", Condition: "BEGINS_WITH", Values: [PREFIX] },
  ];
  const found: { id: string; name: string }[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new ListNamespacesCommand({ Filters, ...(NextToken === undefined ? {} : { NextToken }) }),
    );
    for (const { Id = "", Name = "" } of page.Namespaces ?? [])
      if (Name.startsWith(PREFIX)) found.push({ id: Id, name: Name });
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== "");
  return found;
}

/** As far as it goes at once: what is still in use is tried again in the next round. */
async function removeNamespace({ client, sleep }: Cleaner, id: string): Promise<void> {
  for (const service of await listServices(client, id)) {
    for (const instance of await listInstances(client, service)) {
      await unlessBusy(client.send(new DeregisterInstanceCommand({ ServiceId: service, InstanceId: instance })));
      // Under the quota of calls, whatever it is.
      await sleep(20);
    }
    await unlessBusy(client.send(new DeleteServiceCommand({ Id: service })));
  }
  const deletion = await unlessBusy(client.send(new DeleteNamespaceCommand({ Id: id })));
  if (deletion?.OperationId === undefined) return;
  for (;;) {
    const { Operation } = await client.send(new GetOperationCommand({ OperationId: deletion.OperationId }));
    if (Operation?.Status !== "SUBMITTED" && Operation?.Status !== "PENDING") return;
    await sleep(PAUSE);
  }
}

async function listServices(client: ServiceDiscoveryClient, namespace: string): Promise<readonly string[]> {
  const Filters = [{ Name: "NAMESPACE_ID" as const, Condition: "EQ" as const, Values: [namespace] }];
  const { Services = [] } = await client.send(new ListServicesCommand({ Filters, MaxResults: 100 }));
  // Never one of somebody else's, even where a filter is ignored.
  return Services.filter(
    ({ Name = "", DnsConfig }) =>
      Name.startsWith(SERVICE_PREFIX) && [namespace, undefined].includes(DnsConfig?.NamespaceId),
  ).flatMap(({ Id }) => Id ?? []);
}

async function listInstances(client: ServiceDiscoveryClient, service: string): Promise<readonly string[]> {
  const { Instances = [] } = await client.send(new ListInstancesCommand({ ServiceId: service, MaxResults: 100 }));
  return Instances.flatMap(({ Id }) => Id ?? []);
}

/** In use, under way or gone already: the next round sees. */
async function unlessBusy<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (/^(ResourceInUse|DuplicateRequest|.*NotFound|Throttl.*|RequestLimitExceeded)$/.test(name)) return undefined;
    throw error;
  }
}
