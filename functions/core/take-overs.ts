import type { Claims } from "./case.ts";
import { isPlaceOf } from "./instances.ts";
import { serviceName } from "./model.ts";
import type { Pod, Service } from "./model.ts";
import type { Seen } from "./observe.ts";
import type { Plan } from "./plan.ts";
import type { World } from "./ports.ts";
import type { ServiceLists } from "./service-lists.ts";
import { isInScope } from "./subject.ts";
import type { Subject } from "./subject.ts";
import { isOfUnchosen } from "./change.ts";
import { readQuery } from "./selectors.ts";

/**
 * Of a plan's removals of living pods: which other service is to take the pod over and does not hold it yet, by the instance's id.
 * The other services' instances are read, whether or not they are in the pass's scope; they are not written.
 */
export async function findTakeOvers(
  { proposals }: Plan,
  seen: Seen,
  { claims: { subjects }, lists }: { readonly claims: Claims; readonly lists: ServiceLists },
  until: number,
  { registry }: World,
): Promise<ReadonlyMap<string, string>> {
  const leaving = proposals.flatMap(({ change, instance }) => {
    const pod = instance === undefined || !isOfUnchosen(change) ? undefined : seen.sightings.podAt(instance);
    return pod === undefined || !seen.nodes.isReady(pod) ? [] : [{ id: change.id, pod }];
  });
  if (leaving.length === 0) return new Map();
  const others = subjects.filter(({ key }) => serviceName(key) !== serviceName(seen.subject.key));
  const namespaces = new Set(leaving.map(({ pod }) => pod.key.namespace));
  const takeOvers = new Map<string, string>();
  for (const subject of others.filter((other) => [...namespaces].some((name) => drawsFrom(other, name)))) {
    const chooses = chooserOf(subject);
    const chosen = leaving.filter(({ pod }) => chooses(pod));
    if (chosen.length === 0) continue;
    const service = await serviceOf(subject, lists);
    const held = service === undefined ? [] : await registry.listInstances(service, until);
    for (const { id, pod } of chosen)
      if (!held.some((one) => isPlaceOf(one, pod))) takeOvers.set(id, serviceName(subject.key));
  }
  return takeOvers;
}

/** Of its namespace the services may not be known yet: until they are it holds no pod. */
async function serviceOf({ service, namespace, key }: Subject, lists: ServiceLists): Promise<Service | undefined> {
  if (service !== undefined || namespace === undefined || "failure" in namespace) return service;
  await lists.look([namespace.value]);
  const list = lists.of(namespace.value);
  return list !== undefined && "value" in list ? list.value.find(({ name }) => name === key.service) : undefined;
}

function drawsFrom(subject: Subject, namespace: string): boolean {
  return isInScope(subject, [{ kind: "namespace", namespace }]);
}

function chooserOf({ mappings }: Subject): (pod: Pod) => boolean {
  const choosers = mappings.map(({ pods, chooses }) => {
    const isSelected = readQuery(pods);
    return (pod: Pod) => isSelected(pod) && chooses(pod);
  });
  return (pod) => choosers.some((chooses) => chooses(pod));
}
