import type { ReportedHeld, ServiceReport } from "../core/report.ts";
import { inSync } from "./in-sync.ts";
import type { Seen } from "../runtime/remarks/remarks.ts";
import { countChanges, countServices, KINDS, kindOfHeld } from "./render-changes.ts";
import type { Kind, Verb } from "./render-changes.ts";
import { counted } from "./text.ts";

/** The last line: what there is to do or was done, and what comes next. `command`: what would make what is planned. */
export function renderSummary(report: Seen, verb: Verb, command: string): string {
  const { services, ok, warnings } = report;
  const held = services.flatMap((service) => service.held);
  const changes = KINDS.reduce((sum, kind) => sum + total(services, kind, "plan"), 0);
  const steps = [
    ...(ok ? [] : ["Something failed: see above, correct it and run this again."]),
    ...(verb === "plan" && changes > 0 ? [offer(changes, warnings, command)] : []),
    ...(held.length > 0 ? ["The line under each `!` says what releases it."] : []),
  ];
  if (changes + held.length > 0) return [`${countsOf(services, verb, command)}${heldOf(held)}.`, ...steps].join(" ");
  return [...(ok ? [command === "destroy" ? "Nothing to remove." : inSync(report)] : []), ...steps].join(" ");
}

const WORDS: Readonly<Record<Kind, Readonly<Record<Verb, string>>>> = {
  create: { plan: "to create", apply: "created" },
  update: { plan: "to update", apply: "updated" },
  remove: { plan: "to remove", apply: "removed" },
};

/** `Plan: 3 to create (1 service, 2 instances), 1 to update, 0 to remove`; of changes that failed, none counts. */
function countsOf(services: readonly ServiceReport[], verb: Verb, command: string): string {
  const counts = KINDS.map((kind) => {
    const ofServices = services.reduce((sum, service) => sum + countServices(service, kind), 0);
    const all = total(services, kind, verb);
    const parts =
      ofServices === 0 ? "" : ` (${counted(ofServices, "service")}, ${counted(all - ofServices, "instance")})`;
    return `${all} ${WORDS[kind][verb]}${parts}`;
  });
  const made = command === "destroy" ? "Destroyed" : "Applied";
  return `${verb === "plan" ? "Plan" : made}: ${counts.join(", ")}`;
}

function total(services: readonly ServiceReport[], kind: Kind, verb: Verb): number {
  return services.reduce((sum, service) => sum + countServices(service, kind) + countChanges(service, kind, verb), 0);
}

/** `, 4 held (by the policy: 1 to create, 3 to update)`: what a policy holds, as a plan without it would count it. */
function heldOf(held: readonly ReportedHeld[]): string {
  if (held.length === 0) return "";
  const byPolicy = held.filter(({ reason }) => reason === "policy");
  const counts = KINDS.flatMap((kind) => {
    const many = byPolicy.filter((one) => kindOfHeld(one) === kind).length;
    return many === 0 ? [] : [`${many} ${WORDS[kind].plan}`];
  });
  return `, ${held.length} held${counts.length === 0 ? "" : ` (by the policy: ${counts.join(", ")})`}`;
}

function offer(changes: number, warnings: readonly string[], command: string): string {
  const isForced = warnings.some((warning) => warning.startsWith("forced:"));
  const which = changes === 1 ? "this change" : `these ${counted(changes, "change")}`;
  return `\`${command}${isForced ? " --force" : ""}\` would make ${which}.`;
}
