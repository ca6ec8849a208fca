import type { MappingPort } from "../core/model.ts";

/** A port of which only the number or the name is known: it is over any protocol. */
export function plainPort(target: number | string): MappingPort {
  return { target, protocol: undefined, attributes: {} };
}

/** Each port once, the first of those that mean the same; a number means the same over every protocol. */
export function distinctPorts(ports: readonly MappingPort[]): readonly MappingPort[] {
  return [...Map.groupBy(ports, meaningOf).values()].flatMap(([first]) => first ?? []);
}

function meaningOf({ target, protocol }: MappingPort): string {
  return typeof target === "number" ? String(target) : `${target}/${protocol ?? ""}`;
}
