import type { ReportedHeld } from "../core/report.ts";
import { WHY } from "./render-changes.ts";
import { printable } from "./text.ts";
import type { Paint } from "./text.ts";

const HELD_SHOWN = 10;

/** Holds of one reason and remedy are told once: what they concern, why it would be done, and what releases it. */
export function renderHolds(held: readonly ReportedHeld[], paint: Paint): readonly string[] {
  return groupHolds(held).flatMap((holds) => {
    const names = holds.slice(0, HELD_SHOWN).map(({ id, pod }) => (pod === null ? id : `${id} (${pod})`));
    const more = holds.length > HELD_SHOWN ? ` and ${holds.length - HELD_SHOWN} more` : "";
    const { reason, why, remedy } = holds[0];
    const because = why === null ? "" : `: ${WHY[why]}`;
    return [
      `  ${paint("yellow", `! held (${reason}):`)} ${wordOf(holds[0])} ${printable(names.join(", "))}${more}${because}`,
      `      ${printable(remedy)}`,
    ];
  });
}

function wordOf({ kind, why }: ReportedHeld): string {
  switch (kind) {
    case "register":
      return why === "drifted" || why === "adopted" ? "update" : "register";
    case "deregister":
      return "remove";
    case "set-health":
      return "update the health of";
    case "claim":
      return "the claim of";
    default:
      return kind satisfies never;
  }
}

/** Those of one kind, reason and remedy, in the order in which each first comes. */
export function groupHolds(held: readonly ReportedHeld[]): readonly (readonly [ReportedHeld, ...ReportedHeld[]])[] {
  const groups = new Map<string, [ReportedHeld, ...ReportedHeld[]]>();
  for (const hold of held) {
    const key = JSON.stringify([hold.kind, hold.reason, hold.why, hold.remedy]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [hold]);
    else group.push(hold);
  }
  return [...groups.values()];
}
