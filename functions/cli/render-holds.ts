import type { ReportedHeld } from "../core/report.ts";
import { holderIn, whyOf } from "./render-changes.ts";
import { printable } from "./text.ts";
import type { Paint } from "./text.ts";

const HELD_SHOWN = 10;

/** Holds of one reason and remedy are told once: what they concern, why it would be done, and what releases it. */
export function renderHolds(held: readonly ReportedHeld[], paint: Paint): readonly string[] {
  return groupHolds(held).flatMap((holds) => [
    `  ${paint("yellow", `! held (${holds[0].reason}):`)} ${printable(holdsText(holds))}`,
    `      ${printable(holds[0].remedy)}`,
  ]);
}

/** `remove 10.0.4.1 (shop/web-1), 10.0.4.2 (shop/web-2): its pod is gone`, of holds of one group */
export function holdsText(holds: HoldGroup): string {
  const names = holds.slice(0, HELD_SHOWN).map((hold) => {
    const holder = holderIn(hold);
    return holder === undefined ? hold.id : `${hold.id} (${holder})`;
  });
  const more = holds.length > HELD_SHOWN ? ` and ${holds.length - HELD_SHOWN} more` : "";
  const { why, kubernetesService } = holds[0];
  return `${wordOf(holds[0])} ${names.join(", ")}${more}${why === null ? "" : `: ${whyOf(why, kubernetesService !== undefined)}`}`;
}

type HoldGroup = readonly [ReportedHeld, ...ReportedHeld[]];

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
export function groupHolds(held: readonly ReportedHeld[]): readonly HoldGroup[] {
  const groups = new Map<string, [ReportedHeld, ...ReportedHeld[]]>();
  for (const hold of held) {
    const key = JSON.stringify([hold.kind, hold.reason, hold.why, hold.remedy]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [hold]);
    else group.push(hold);
  }
  return [...groups.values()];
}
