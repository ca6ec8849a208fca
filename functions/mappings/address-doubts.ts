import type { Doubt } from "../core/ports.ts";
import { originName, sortObjects } from "./objects.ts";

/** Whose address an instance has, on a Service that claims. */
export const ADDRESS_ANNOTATION = "eks-cloudmap-sync/address";

/** Objects of other makers that ask for another address than their pods' own, which nothing comes of. */
export function doubtAddresses(objects: readonly unknown[], kind: string): readonly Doubt[] {
  return sortObjects(objects).flatMap(({ metadata }) => {
    const address = metadata.annotations[ADDRESS_ANNOTATION];
    if (address === undefined || address === "pod" || metadata.isDeleted) return [];
    const problem = `nothing comes of the annotation ${ADDRESS_ANNOTATION}: what a ${kind} claims is registered at the pods' own addresses; annotate a Service, or name the pods in a mapping`;
    return [{ from: metadata.namespace, object: originName(kind, metadata), problem }];
  });
}
