import { seedInstance, seedService } from "../emulators/cloudmap/seed.ts";
import type { Instance, Service } from "../emulators/cloudmap/state.ts";
import { MESH_KEY } from "./ownership.ts";
import { OWNER_KEY, stampOf } from "./stamp.ts";
import { later, pickAt } from "./stage.ts";
import type { Stage } from "./stage.ts";
import type { Event } from "./story.ts";

type Of<K extends Event["kind"]> = Extract<Event, { readonly kind: K }>;

const SOMEBODY = { [OWNER_KEY]: "somebody-else" };

/** Another tool registers an instance: at an address of a pod, or at one of its own. */
export function registerForeign(stage: Stage, { service, at }: Of<"foreign">): void {
  const found = pickAt([...stage.cloud.world.services.values()], service);
  if (found === undefined) return;
  const pod = at % 2 === 0 ? pickAt(stage.cluster.pods, at >> 1) : undefined;
  const id = pod?.ips[0] ?? `10.77.1.${at % 250}`;
  // Whoever finds an instance there does not take it.
  if (!found.instances.has(id) && !found.running.has(id))
    put(stage, found, id, {
      AWS_INSTANCE_IPV4: id.includes(":") ? "10.77.2.1" : id,
      AWS_INSTANCE_PORT: "80",
      ...SOMEBODY,
    });
}

/** What App Mesh's controller has left, of a pod that lives or of one that is gone. */
export function leaveMeshInstance(stage: Stage, { service, pod, isGone }: Of<"mesh">): void {
  const found = pickAt([...stage.cloud.world.services.values()], service);
  const named = pickAt(stage.cluster.pods, pod);
  const [id] = named?.ips ?? [];
  if (found === undefined || named === undefined || id === undefined) return;
  if (found.instances.has(id) || found.running.has(id)) return;
  const attributes = {
    AWS_INSTANCE_IPV4: id.includes(":") ? "10.77.2.1" : id,
    "k8s.io/namespace": named.namespace,
    "k8s.io/pod": isGone ? "long-gone" : named.name,
    [MESH_KEY]: "mesh",
    "appmesh.k8s.aws/virtualNode": "left-behind",
  };
  put(stage, found, id, attributes);
}

/** Another tool makes one of ours its own. */
export function restamp(stage: Stage, { instance }: Of<"restamp">): void {
  const found = pickAt(instancesOf(stage), instance);
  if (found !== undefined) put(stage, found.service, found.held.id, { ...found.held.attributes, ...SOMEBODY });
}

/** A person spoils what one of ours says of its pod. */
export function tamper(stage: Stage, { instance, pod }: Of<"tamper">): void {
  const found = pickAt(instancesOf(stage), instance);
  if (found === undefined) return;
  const { "k8s.io/pod": _, ...others } = found.held.attributes;
  put(stage, found.service, found.held.id, pod === undefined ? others : { ...others, "k8s.io/pod": pod });
}

export function personRemoves(stage: Stage, { instance }: Of<"person-removes">): void {
  const found = pickAt(instancesOf(stage), instance);
  found?.service.instances.delete(found.held.id);
}

/** A person deletes a service with all that is in it, and perhaps makes it again. */
export function removeService(stage: Stage, { service, back }: Of<"service-goes">): void {
  const { world } = stage.cloud;
  const found = pickAt([...world.services.values()], service);
  const namespace = found === undefined ? undefined : world.namespaces.get(found.namespaceId);
  if (found === undefined || namespace === undefined) return;
  world.services.delete(found.id);
  stage.judge.refresh();
  if (back === 0) return;
  later(stage, back, () => {
    if (stage.cloud.serviceOf(namespace.name, found.name) !== undefined) return;
    const records = (found.settings.dns?.DnsRecords ?? []).map(({ Type }) => Type);
    const isWeighted = found.settings.dns?.RoutingPolicy === "WEIGHTED";
    seedService(world, namespace, { name: found.name, records, isWeighted, hasCustomHealth: found.hasCustomHealth });
    stage.judge.refresh();
  });
}

function put(
  { cloud: { world }, judge }: Stage,
  service: Service,
  id: string,
  attributes: Instance["attributes"],
): void {
  seedInstance(world, service, id, attributes);
  judge.noteWritten(service, id);
}

/** Ours, in the services that are. */
function instancesOf({
  cloud: { world },
  documents,
}: Stage): readonly { readonly service: Service; readonly held: Instance }[] {
  const owners = new Set(documents.map(stampOf));
  return [...world.services.values()].flatMap((service) =>
    [...service.instances.values()]
      .filter(({ attributes }) => owners.has(attributes[OWNER_KEY] ?? ""))
      .map((held) => ({ service, held })),
  );
}
