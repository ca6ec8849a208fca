import type { ReportedHeld } from "../core/report.ts";
import { holderIn, kindOfHeld, whyOf } from "./render-changes.ts";
import { counted, printable } from "./text.ts";
import type { Paint } from "./text.ts";

const HELD_SHOWN = 10;

/** Holds of one reason and remedy are told once: why it would be done, what releases it, and of several whom it concerns, a line each. */
export function renderHolds(held: readonly ReportedHeld[], paint: Paint): readonly string[] {
  return groupHolds(held).flatMap((holds) => {
    const [{ reason, remedy, isFailure }] = holds;
    const sign = isFailure ? paint("red", `! held (${reason}), a failure:`) : paint("yellow", `! held (${reason}):`);
    const names = holds.length === 1 ? [] : listNames(holds);
    return [
      `  ${sign} ${printable(holds.length === 1 ? holdsText(holds) : countText(holds))}`,
      `      ${printable(remedy)}`,
      ...names.map((name) => `      ${printable(name)}`),
    ];
  });
}

/** `remove 10.0.4.1 (shop/web-1), 10.0.4.2 (shop/web-2): their pods are gone`, of holds of one group */
export function holdsText(holds: HoldGroup): string {
  return `${wordOf(holds[0])} ${listNames(holds).join(", ")}${reasonOf(holds)}`;
}

/** `remove 2 instances: their pods are gone` */
function countText(holds: HoldGroup): string {
  if (holds[0].kind === "claim") return counted(holds.length, "claim");
  return `${wordOf(holds[0])} ${counted(holds.length, "instance")}${reasonOf(holds)}`;
}

type HoldGroup = readonly [ReportedHeld, ...ReportedHeld[]];

function listNames(holds: HoldGroup): readonly string[] {
  const names = holds.slice(0, HELD_SHOWN).map((hold) => {
    const holder = holderIn(hold);
    return holder === undefined ? hold.id : `${hold.id} (${holder})`;
  });
  return holds.length <= HELD_SHOWN
    ? names
    : [...names, `… and ${holds.length - HELD_SHOWN} more (--output json has all)`];
}

function reasonOf(holds: HoldGroup): string {
  const [{ why, kubernetesService }] = holds;
  return why === null ? "" : `: ${whyOf(why, kubernetesService !== undefined, holds.length)}`;
}

function wordOf(held: ReportedHeld): string {
  switch (held.kind) {
    case "register":
      return kindOfHeld(held) === "update" ? "update" : "register";
    case "deregister":
      return "remove";
    case "set-health":
      return "update the health of";
    case "claim":
      return "the claim of";
    default:
      return held.kind satisfies never;
  }
}

/** Those of one kind, reason and remedy, in the order in which each first comes. */
export function groupHolds(held: readonly ReportedHeld[]): readonly HoldGroup[] {
  const groups = new Map<string, [ReportedHeld, ...ReportedHeld[]]>();
  for (const hold of held) {
    const key = JSON.stringify([hold.kind, hold.reason, hold.why, hold.remedy, hold.isFailure]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [hold]);
    else group.push(hold);
  }
  return [...groups.values()];
}
