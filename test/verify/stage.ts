import {
  CreateHttpNamespaceCommand,
  CreatePrivateDnsNamespaceCommand,
  CreateServiceCommand,
  GetOperationCommand,
  ListInstancesCommand,
  RegisterInstanceCommand,
} from "@aws-sdk/client-servicediscovery";
import type {
  CreateServiceCommandInput,
  HttpInstanceSummary,
  InstanceSummary,
  RecordType,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";

/** What everything that is made is called by, so that a later run finds what a killed one left. */
export const PREFIX = "eks-cloudmap-sync-verify-";
/** What services in it begin with. */
export const SERVICE_PREFIX = "verify-";
/** How long one operation is waited for, in milliseconds. */
const PATIENCE = 180_000;
const FIRST_PAUSE = 100;

export type Account = {
  readonly client: ServiceDiscoveryClient;
  /** One that does not retry by itself, so that what is throttled is seen. */
  readonly single: ServiceDiscoveryClient;
  /** One whose identity has fewer rights. */
  readonly less?: ServiceDiscoveryClient | undefined;
  /** Calls that finding out a rate may cost. */
  readonly budget: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Aborts what is asked, not the cleaning. */
  readonly signal: AbortSignal;
};

export type Namespace = { readonly id: string; readonly name: string };

/** A namespace to try things in, and the ways to. Names count up, so that each question has services of its own. */
export type Stage = Account & {
  readonly namespace: Namespace;
  readonly createService: (
    records: readonly RecordType[],
    options?: { readonly hasHealth?: boolean },
  ) => Promise<Service>;
  /** Sends a registration and returns its operation. */
  readonly send: (service: Service, id: string, attributes: Attributes) => Promise<string>;
  /** The same, and waits for its end. */
  readonly register: (service: Service, id: string, attributes: Attributes) => Promise<Ended>;
  readonly ended: (operation: string) => Promise<Ended>;
  readonly list: (service: Service) => Promise<readonly (InstanceSummary | HttpInstanceSummary)[]>;
};

export type Service = { readonly id: string; readonly name: string };
export type Attributes = Readonly<Record<string, string>>;
/** `after`: milliseconds from when waiting began. */
export type Ended = { readonly status: string; readonly after: number; readonly cause: string };

export async function createStage(account: Account, kind: "http" | "dns", suffix: string, vpc: string): Promise<Stage> {
  const { client, signal, now, sleep } = account;
  const Name = `${PREFIX}${kind}-${suffix}${kind === "dns" ? ".local" : ""}`;
  const command =
    kind === "dns"
      ? new CreatePrivateDnsNamespaceCommand({ Name, Vpc: vpc })
      : new CreateHttpNamespaceCommand({ Name });
  const { OperationId = "" } = await client.send(command as CreateHttpNamespaceCommand, { abortSignal: signal });
  const target = await ended(OperationId);
  const namespace = { id: target.namespace, name: Name };
  let count = 0;

  async function ended(operation: string): Promise<Ended & { readonly namespace: string }> {
    const begun = now();
    for (let pause = FIRST_PAUSE; now() - begun < PATIENCE; pause = Math.min(2_000, pause * 1.5)) {
      const { Operation } = await client.send(new GetOperationCommand({ OperationId: operation }), {
        abortSignal: signal,
      });
      const { Status = "", ErrorCode = "", ErrorMessage = "", Targets = {} } = Operation ?? {};
      if (Status === "SUCCESS" || Status === "FAIL")
        return {
          status: Status,
          after: now() - begun,
          cause: [ErrorCode, ErrorMessage].filter((text) => text !== "").join(": "),
          namespace: Targets.NAMESPACE ?? "",
        };
      await sleep(pause);
      signal.throwIfAborted();
    }
    return { status: "PENDING", after: now() - begun, cause: "", namespace: "" };
  }

  const send: Stage["send"] = async (service, InstanceId, attributes) => {
    const command = new RegisterInstanceCommand({ ServiceId: service.id, InstanceId, Attributes: { ...attributes } });
    return (await client.send(command, { abortSignal: signal })).OperationId ?? "";
  };
  return {
    ...account,
    namespace,
    send,
    ended,
    register: async (...registration) => ended(await send(...registration)),
    createService: async (records, { hasHealth = false } = {}) => {
      count += 1;
      const input: CreateServiceCommandInput = {
        Name: `${SERVICE_PREFIX}${count}`,
        NamespaceId: namespace.id,
        ...(records.length === 0
          ? {}
          : { DnsConfig: { RoutingPolicy: "MULTIVALUE", DnsRecords: records.map((Type) => ({ Type, TTL: 60 })) } }),
        ...(hasHealth ? { HealthCheckCustomConfig: { FailureThreshold: 1 } } : {}),
      };
      const { Service } = await client.send(new CreateServiceCommand(input), { abortSignal: signal });
      return { id: Service?.Id ?? "", name: input.Name ?? "" };
    },
    list: async ({ id }) => {
      const { Instances = [] } = await client.send(new ListInstancesCommand({ ServiceId: id }), {
        abortSignal: signal,
      });
      return Instances;
    },
  };
}
