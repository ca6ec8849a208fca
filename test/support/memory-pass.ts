import { reconcile } from "../../functions/core/reconcile.ts";
import type { Request } from "../../functions/core/request.ts";
import type { Instance, Pod, PodQuery } from "../../functions/core/model.ts";
import type { SourceRead } from "../../functions/core/ports.ts";
import type { Report } from "../../functions/core/report.ts";
import type { Settings } from "../../functions/core/settings.ts";
import { claim, claims, request, settings } from "./builders.ts";
import { createMemoryWorld, memoryCluster, memoryRegistry } from "./memory-world.ts";
import type { Hooks, MemoryCluster, MemoryRegistry, PortCall } from "./memory-world.ts";

type Given = {
  readonly pods: readonly Pod[] | MemoryCluster;
  readonly instances?: Readonly<Record<string, readonly Instance[]>>;
  readonly registry?: MemoryRegistry;
  readonly sources?: readonly SourceRead[];
  readonly settings?: Partial<Settings>;
  readonly request?: Partial<Request>;
  readonly hooks?: Partial<Hooks>;
  readonly before?: (call: PortCall) => void;
};

type Passed = { readonly report: Report; readonly calls: readonly PortCall[]; readonly registry: MemoryRegistry };

/** One pass over a world in memory, with the calls it made. */
export async function pass(given: Given): Promise<Passed> {
  const calls: PortCall[] = [];
  const cluster = given.pods instanceof Map ? given.pods : memoryCluster(...given.pods.values());
  const registry = given.registry ?? memoryRegistry(given.instances ?? {});
  const before = async (call: PortCall) => {
    calls.push(call);
    given.before?.(call);
  };
  const world = createMemoryWorld(cluster, registry, given.sources ?? [claims(claim())], settings(given.settings), {
    ...given.hooks,
    before,
  });
  return { report: await reconcile(request(given.request), world), calls, registry };
}

export function queriesOf(calls: readonly PortCall[]): readonly PodQuery[] {
  return calls.flatMap((call) => (call.kind === "list-pods" ? call.queries : []));
}

export function writesOf(calls: readonly PortCall[]): readonly string[] {
  return calls.flatMap((call) =>
    call.kind === "write" ? [`${call.service}: ${call.change.kind} ${call.change.id}`] : [],
  );
}
