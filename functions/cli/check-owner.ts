import type { Report } from "../core/report.ts";
import { warning } from "./check.ts";
import type { Check } from "./check.ts";
import { reportTitle } from "./render.ts";

const SHOWN = 5;

/**
 * A warning where instances of this owner belong to pods that live and that nothing here chooses: what a second document that has
 * the same owner looks like from the first, and a mapping that was lost.
 */
export function checkOwner({ services }: Report, owner: string): readonly Check[] {
  const living = services.flatMap((service) =>
    [...service.changes.map(({ id, reason }) => ({ id, why: reason })), ...service.held].flatMap(({ id, why }) =>
      why === "unselected" || why === "unmapped" ? [`${reportTitle(service)} ${id}`] : [],
    ),
  );
  if (living.length === 0) return [];
  const more = living.length > SHOWN ? ` and ${living.length - SHOWN} more` : "";
  return [
    warning(
      "owner",
      `these instances of ${owner} belong to pods that live and that no mapping here chooses: ${living.slice(0, SHOWN).join(", ")}${more}; if a second document registers them, give each of the two a \`part\`, or they undo each other's work; if a mapping was lost, put it back`,
    ),
  ];
}
