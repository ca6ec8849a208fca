import {
  DiscoverInstancesCommand,
  GetInstancesHealthStatusCommand,
  UpdateInstanceCustomHealthStatusCommand,
} from "@aws-sdk/client-servicediscovery";
import type { CloudMapOptions } from "../emulators/cloudmap/options.ts";
import type { Switches } from "../emulators/cloudmap/switches.ts";
import type { Service, Stage } from "./stage.ts";

/** What the emulator can be set to. */
export type Settings = Partial<Pick<CloudMapOptions, "operationDelayMs" | "customHealthDelayMs" | "rates">> & {
  readonly switches?: Partial<Switches>;
};

export type Answer = { readonly seen: string; readonly consequence: string; readonly settings?: Settings };

export type Question = {
  readonly id: string;
  readonly assumption: string;
  /** In which kind of namespace it is asked. */
  readonly where: "http" | "dns";
  readonly ask: (stage: Stage) => Promise<Answer>;
};

export const FINE = "as assumed";
export const IPV4 = { AWS_INSTANCE_IPV4: "10.0.0.1" };
/** A status takes about 30 s to show; this long is waited, in milliseconds. */
const HEALTH_PATIENCE = 120_000;

export async function askDelay(stage: Stage, records: readonly "A"[]): Promise<Answer> {
  const service = await stage.createService(records);
  const times: number[] = [];
  for (let n = 1; n <= 5; n++)
    times.push((await stage.register(service, `i${n}`, { AWS_INSTANCE_IPV4: `10.0.0.${n}` })).after);
  const longest = Math.max(...times);
  const median = times.toSorted((a, b) => a - b)[2] ?? longest;
  return {
    seen: `${median} ms at the median, ${longest} at most`,
    consequence: longest <= 15_000 ? FINE : "passes report `pending`; raise `confirmSeconds`",
    settings: { operationDelayMs: median },
  };
}

export async function askHealth(stage: Stage): Promise<Answer> {
  const { client, signal, now, sleep } = stage;
  const service = await stage.createService([], { hasHealth: true });
  await stage.register(service, "a", IPV4);
  const update = { ServiceId: service.id, InstanceId: "a", Status: "UNHEALTHY" as const };
  await client.send(new UpdateInstanceCustomHealthStatusCommand(update), { abortSignal: signal });
  const health = async () => {
    const { Status = {} } = await client.send(new GetInstancesHealthStatusCommand({ ServiceId: service.id }), {
      abortSignal: signal,
    });
    return Status["a"] ?? "";
  };
  const begun = now();
  while ((await health()) !== "UNHEALTHY") {
    if (now() - begun > HEALTH_PATIENCE) return { seen: "the status never showed", consequence: "open" };
    await sleep(1_000);
    signal.throwIfAborted();
  }
  const customHealthDelayMs = now() - begun;
  await stage.register(service, "a", { ...IPV4, version: "2" });
  const updateOfHealth = (await health()) === "UNHEALTHY" ? "keeps" : "resets";
  return {
    seen: `the status showed after ${customHealthDelayMs} ms; a second registration ${updateOfHealth} it`,
    consequence: FINE,
    settings: { customHealthDelayMs, switches: { updateOfHealth } },
  };
}

/** Undefined: accepted, and its operation succeeded. Else what was said. */
export async function tryRegister(
  stage: Stage,
  service: Service,
  id: string,
  attributes: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  try {
    const { status, cause } = await stage.register(service, id, attributes);
    return status === "SUCCESS" ? undefined : `operation ${status}: ${cause}`;
  } catch (error) {
    stage.signal.throwIfAborted();
    return `${shapeOf(error)}: ${error instanceof Error ? error.message : ""}`;
  }
}

export async function discover({ client, namespace, signal }: Stage, service: Service): Promise<number> {
  const command = new DiscoverInstancesCommand({ NamespaceName: namespace.name, ServiceName: service.name });
  return (await client.send(command, { abortSignal: signal })).Instances?.length ?? 0;
}

export function shapeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  const operation = "DuplicateOperationId" in error && error.DuplicateOperationId ? ", with DuplicateOperationId" : "";
  return `${error.name}, HTTP ${$metadata?.httpStatusCode ?? "none"}${operation}`;
}
