import { MESH_KEY, VIRTUAL_NODE_KEY } from "./attributes.ts";
import { byText, podName, serviceName } from "./model.ts";
import type { Claim, Instance, Pod } from "./model.ts";
import type { Seen } from "./observe.ts";
import { readQuery } from "./selectors.ts";

type Known = Pick<Seen, "sources" | "sightings">;

/**
 * The VirtualNode of this cluster that an instance names, and that does not choose its pod, which lives: one of the two says
 * something wrong, and nobody knows which. Undefined: there is none.
 */
export function strayedFrom(instance: Instance, { sources, sightings }: Known): string | undefined {
  const node = instance.attributes[VIRTUAL_NODE_KEY];
  const pod = sightings.podAt(instance);
  if (node === undefined || pod === undefined) return undefined;
  const named = sources
    .flatMap((source) => (source.state === "read" ? source.claims : []))
    .filter(
      ({ coreAttributes }) =>
        coreAttributes[VIRTUAL_NODE_KEY] === node && coreAttributes[MESH_KEY] === instance.attributes[MESH_KEY],
    );
  return named.some((claim) => chooses(claim, pod)) ? undefined : named[0]?.origin.name;
}

function chooses(claim: Claim, pod: Pod): boolean {
  return readQuery(claim.pods)(pod) && claim.chooses(pod);
}

/** One warning for each VirtualNode from which living pods of the service have strayed. */
export function warnOfStrayed(seen: Known & Pick<Seen, "subject" | "instances" | "desired">): readonly string[] {
  const strayed = seen.instances.flatMap((instance) => {
    if (instance.attributes[VIRTUAL_NODE_KEY] === undefined) return [];
    const node = seen.desired.chosenOf(instance) === undefined ? strayedFrom(instance, seen) : undefined;
    const pod = seen.sightings.podAt(instance);
    return node === undefined || pod === undefined ? [] : [{ node, pod: podName(pod.key) }];
  });
  return [...Map.groupBy(strayed, ({ node }) => node)].map(([node, pods]) => {
    const names = pods.map(({ pod }) => pod).toSorted(byText);
    const others = names.length === 1 ? "" : ` and ${names.length - 1} more`;
    return `${serviceName(seen.subject.key)}: the instances of ${names[0]}${others} name ${node}, which does not choose these living pods; they stay until it does, or the pods go`;
  });
}
