import type { HeldReason } from "../../functions/core/change.ts";
import type { Report, ReportedHeld, ServiceReport } from "../../functions/core/report.ts";
import { heldFor, report, serviceReport } from "../support/reports.ts";

/** What happens, in the order of its minute. */
export type Event =
  | {
      readonly kind: "pass";
      /** When it ends, in minutes. */
      readonly at: number;
      readonly deployment: string;
      readonly report: Report;
      readonly sweep: boolean;
      readonly isDryRun: boolean;
      readonly throttles: number;
    }
  | { readonly kind: "thrown"; readonly at: number; readonly deployment: string }
  | { readonly kind: "new-process"; readonly at: number }
  /** A value that AWS itself writes of a queue. */
  | { readonly kind: "queue"; readonly at: number; readonly metric: string; readonly value: number };

export type Scenario = {
  readonly name: string;
  /** The alarms that ring in it, once each. */
  readonly rings: readonly string[];
  readonly minutes: number;
  readonly events: readonly Event[];
};

/** What a minute brings; undefined: a quiet pass. An empty list: nothing at all. */
type Minute = Partial<Extract<Event, { kind: "pass" }>> | readonly Event[] | undefined;

/** So long it is quiet before, in minutes; after it for four hours. */
const QUIET = 30;
const HOUR = 60;
const HERE = "Test/Sync";

/** Trouble of so many minutes between two quiet times. `bring`: what each minute of it brings, from 0 on. */
function scenario(
  name: string,
  rings: readonly string[],
  minutes: number,
  bring: (minute: number, isSweep: boolean) => Minute,
): Scenario {
  const all = QUIET + minutes + 4 * HOUR;
  const events = Array.from({ length: all }, (_, minute): readonly Event[] => {
    const isSweep = minute % 10 === 0;
    const isTrouble = minute >= QUIET && minute < QUIET + minutes;
    const brought = isTrouble ? bring(minute - QUIET, isSweep) : undefined;
    if (isEvents(brought)) return brought.map((event) => ({ ...event, at: minute + event.at }));
    return [pass(minute + 0.1, isSweep, brought)];
  });
  return { name, rings, minutes: all, events: events.flat() };
}

function isEvents(brought: Minute): brought is readonly Event[] {
  return Array.isArray(brought);
}

function pass(at: number, sweep: boolean, wanted: Exclude<Minute, readonly Event[]> = {}): Event {
  return {
    kind: "pass",
    at,
    deployment: HERE,
    report: reportWith(),
    sweep,
    isDryRun: false,
    throttles: 0,
    ...wanted,
  };
}

/** Pods come and go in every pass. */
let restarts = 0;
function reportWith(services: readonly ServiceReport[] = [], wanted: Partial<Report> = {}): Report {
  restarts += 1;
  const change = {
    kind: "register",
    id: `10.9.0.${restarts}`,
    reason: "missing",
    pod: "shop/web",
    seconds: 1,
  } as const;
  const quiet = serviceReport({ desired: 20, registered: 20, changes: [change] });
  return report({ services: [quiet, ...services], ...wanted });
}

function holding(reason: HeldReason, wanted: Partial<ServiceReport> = {}): { readonly report: Report } {
  return { report: reportWith([serviceReport({ service: "api", held: heldFor(reason), ...wanted })]) };
}

/** Our instances in a service that nobody claims any more; only sweeps look there. */
const ORPHAN = { service: "old", podNamespaces: [], desired: 0 } as const;

function failed(): Partial<Extract<Event, { kind: "pass" }>> {
  return { report: reportWith([serviceReport({ service: "api", error: "AccessDenied" })], { ok: false }) };
}

function wrongClaim(): Minute {
  const claim = {
    reason: "invalid",
    claim: "Service team-a/web",
    from: "team-a",
    service: null,
    problem: "x",
  } as const;
  return { report: reportWith([], { claims: [claim] }) };
}

/** A Lambda that threw or was killed leaves a message with what it was asked. */
function failure(): Event {
  return { kind: "queue", at: 0.2, metric: "NumberOfMessagesSent", value: 1 };
}

function thrown(): readonly Event[] {
  return [{ kind: "thrown", at: 0.1, deployment: HERE }, failure()];
}

function changed(kind: "register" | "deregister", from: number, to: number): ServiceReport["changes"] {
  return Array.from({ length: to - from }, (_, index) => ({
    kind,
    id: `10.${(from + index) >> 8}.${(from + index) & 255}`,
    reason: kind === "register" ? "missing" : "pod-gone",
    pod: `shop/web-${from + index}`,
  }));
}

function unfinished(from: number, to: number): readonly ReportedHeld[] {
  return changed("register", from, to).map(({ kind, id, pod }) => ({
    kind,
    id,
    why: "missing",
    pod,
    reason: "unfinished",
    remedy: "the time was up; the next pass goes on",
    isFailure: true,
  }));
}

/** Of 10,000 pods in 20 services each pass makes about 5,000; it ends after two minutes, and overlaps with the next. */
function firstSync(minute: number): Minute {
  const done = Math.min(20, minute * 5 + 10);
  const begun = Math.min(20, minute * 5);
  const services = Array.from({ length: 20 }, (_, index) => {
    const about = { service: `web-${index}`, desired: 500 };
    if (index >= done) return serviceReport({ ...about, registered: 0, held: unfinished(0, 500) });
    return serviceReport({ ...about, registered: 500, changes: index < begun ? [] : changed("register", 0, 500) });
  });
  return { at: minute + QUIET + 1.8, report: reportWith(services, { ok: done === 20 }) };
}

function quiet(wanted: Partial<ServiceReport>): Minute {
  return { report: report({ services: [serviceReport(wanted)] }) };
}

/** At night every pod goes, and with the last of them the nodes; in the morning they come back. */
function nightly(minute: number): Minute {
  const pods = 500;
  if (minute === 0) return quiet({ desired: 0, registered: 0, changes: changed("deregister", 0, pods) });
  if (minute === 8 * HOUR) return quiet({ desired: pods, registered: pods, changes: changed("register", 0, pods) });
  return quiet(minute < 8 * HOUR ? { desired: 0, registered: 0 } : { desired: pods, registered: pods });
}

export const SCENARIOS: readonly Scenario[] = [
  scenario("nothing happens", [], HOUR, () => undefined),
  scenario("one failed pass", [], 1, failed),
  scenario("one pass that throws", [], 1, thrown),
  scenario("every second pass failing", ["Failing"], HOUR, (minute) => (minute % 2 === 0 ? failed() : undefined)),
  scenario("passes that take four minutes, so that one begins every five", [], HOUR, (minute) =>
    minute % 5 === 4 ? { at: minute + QUIET + 0.9 } : [],
  ),
  scenario("such passes, each failing", ["Failing"], HOUR, (minute) =>
    minute % 5 === 4 ? { ...failed(), at: minute + QUIET + 0.9 } : [],
  ),
  scenario("every sixth pass failing", [], 3 * HOUR, (minute) => (minute % 6 === 0 ? failed() : undefined)),
  scenario("sweeps only failing", ["Failing"], 3 * HOUR, (_, isSweep) =>
    isSweep ? { report: reportWith([serviceReport({ ...ORPHAN, error: "AccessDenied" })], { ok: false }) } : undefined,
  ),
  scenario("a mistake in the operator's document", ["Failing"], HOUR, () => ({
    report: reportWith([serviceReport({ service: "api", error: "port 0", podNamespaces: [] })], { ok: false }),
  })),
  scenario("one tenant's mistake for ever", ["Claims"], 10 * HOUR, wrongClaim),
  scenario("a tenant's mistake of half an hour", [], 30, wrongClaim),
  scenario("a held orphan", ["Guard"], 5 * HOUR, (_, isSweep) =>
    isSweep ? holding("guard", { ...ORPHAN, held: heldFor("guard") }) : undefined,
  ),
  scenario("helm uninstall: the Services go seconds before their pods", [], 10, (_, isSweep) =>
    isSweep ? holding("guard", ORPHAN) : undefined,
  ),
  scenario("a mistaken selector", ["Guard"], 2 * HOUR, () => holding("guard")),
  scenario("a mistaken selector that is corrected at once", [], 2, () => holding("guard")),
  scenario("two documents write as one owner", ["Guard"], 2 * HOUR, () => holding("contested")),
  scenario("a CRD that was uninstalled", ["Guard"], 2 * HOUR, () => holding("source-absent")),
  scenario("an id that is somebody else's", ["Held"], 2 * HOUR, () => holding("foreign")),
  scenario("an id of another cluster", ["Held"], 2 * HOUR, () => holding("other-cluster")),
  scenario("a full service", ["Held", "Quota"], 2 * HOUR, () => holding("quota", { registered: 1_000 })),
  scenario("a service of 920", ["Quota"], 2 * HOUR, () => holding("policy", { registered: 120, foreign: 800 })),
  scenario("a service of 890", [], 2 * HOUR, () => holding("policy", { registered: 890 })),
  scenario("a namespace of 1,850", ["Quota"], 2 * HOUR, () => ({
    report: reportWith([], { namespaces: [{ namespace: "shop.local", instances: 1_850, swept: true }] }),
  })),
  scenario("a dry run of half a day", [], 12 * HOUR, () => ({ isDryRun: true, ...holding("policy") })),
  scenario("a dry run that is forgotten", ["DryRun"], 30 * HOUR, () => ({ isDryRun: true, ...holding("policy") })),
  scenario("waiting and pending", [], 9, () => ({
    report: reportWith([serviceReport({ service: "api", held: heldFor("waiting", "pending") })]),
  })),
  scenario("writes that somebody undoes", ["Drift"], HOUR, () => ({
    report: reportWith([serviceReport({ service: "api", changes: changed("register", 0, 5) })]),
  })),
  scenario("an operation that never ends", ["Drift"], HOUR, () => holding("pending")),
  scenario("a first sync of 10,000", [], 8, firstSync),
  scenario("a nightly scale to zero, in EKS Auto Mode", [], 9 * HOUR, nightly),
  scenario("a dead deployment beside one that lives", ["Silent"], HOUR, (minute) => [
    pass(0.1, minute % 10 === 0, { at: 0.1, deployment: "Other/Sync" }),
  ]),
  scenario("functions that are killed each time", ["Failures", "Silent"], HOUR, () => [failure()]),
  scenario("EKS down for an hour", ["Failing", "Failures"], HOUR, thrown),
  scenario("the cluster's API server down for an hour", ["Failing"], HOUR, () => ({
    report: report({ errors: ["the API server has not answered"], ok: false }),
  })),
  scenario("throttled for an hour", ["Throttled"], HOUR, (minute) => ({
    throttles: 40,
    report: reportWith([serviceReport({ service: "api", held: unfinished(minute * 10, minute * 10 + 5) })], {
      ok: false,
    }),
  })),
  scenario("throttled for a moment", [], 2, () => ({ throttles: 200 })),
  scenario("a rolling update of the stack", [], 5, (minute) => {
    if (minute === 0) return [];
    if (minute === 1) return [{ kind: "new-process", at: 0 }];
    // The old release's pass ends beside the new one's first.
    return minute === 2 ? [pass(0.1, false), pass(0.2, false)] : undefined;
  }),
  scenario("a message that nobody understands", ["DeadLetters"], 24 * HOUR, (minute, isSweep) => [
    pass(0.1, isSweep, { at: 0.1 }),
    ...(minute < 23 * HOUR
      ? [{ kind: "queue", at: 0, metric: "ApproximateNumberOfMessagesVisible", value: 1 } as const]
      : []),
  ]),
  scenario("events that wait for an hour", ["QueueAge"], HOUR, (minute, isSweep) => [
    pass(0.1, isSweep, { at: 0.1 }),
    { kind: "queue", at: 0, metric: "ApproximateAgeOfOldestMessage", value: minute * 60 },
  ]),
];
