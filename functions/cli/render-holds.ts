import type { ReportedHeld } from "../core/report.ts";
import { printable } from "./text.ts";
import type { Paint } from "./text.ts";

const HELD_SHOWN = 10;

const HELD_WORDS: Readonly<Record<ReportedHeld["kind"], string>> = {
  register: "registering",
  deregister: "removing",
  "set-health": "setting the health of",
  claim: "the claim of",
};

/** Holds of one reason and remedy are told once, with what they concern. */
export function renderHolds(held: readonly ReportedHeld[], paint: Paint): readonly string[] {
  return groupHolds(held).flatMap((holds) => {
    const names = holds.slice(0, HELD_SHOWN).map(({ id, pod }) => (pod === null ? id : `${id} (${pod})`));
    const more = holds.length > HELD_SHOWN ? ` and ${holds.length - HELD_SHOWN} more` : "";
    const { kind, reason, remedy } = holds[0];
    return [
      `  ${paint("yellow", `! held (${reason}):`)} ${HELD_WORDS[kind]} ${printable(names.join(", "))}${more}`,
      `      ${printable(remedy)}`,
    ];
  });
}

/** Those of one kind, reason and remedy, in the order in which each first comes. */
export function groupHolds(held: readonly ReportedHeld[]): readonly (readonly [ReportedHeld, ...ReportedHeld[]])[] {
  const groups = new Map<string, [ReportedHeld, ...ReportedHeld[]]>();
  for (const hold of held) {
    const key = JSON.stringify([hold.kind, hold.reason, hold.remedy]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [hold]);
    else group.push(hold);
  }
  return [...groups.values()];
}
