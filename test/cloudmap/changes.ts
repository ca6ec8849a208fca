import type { Change } from "../../functions/core/change.ts";
import type { Health } from "../../functions/core/model.ts";
import type { Outcome, Times } from "../../functions/core/ports.ts";

/** No change is ever too late, and each is waited for as long as it takes. */
export const FAR: Times = {
  seen: 0,
  begin: Number.MAX_SAFE_INTEGER,
  patience: Number.MAX_SAFE_INTEGER,
  end: Number.MAX_SAFE_INTEGER,
};

const POD = { namespace: "shop", name: "web-1" };

export function register(
  id: string,
  {
    attributes = {},
    health,
  }: { readonly attributes?: Readonly<Record<string, string>>; readonly health?: Health } = {},
): Change {
  return {
    kind: "register",
    id,
    pod: POD,
    attributes: { AWS_INSTANCE_IPV4: id, app: "web", ...attributes },
    health,
    reason: "missing",
    keys: [],
    since: "",
  };
}

export function deregister(id: string): Change {
  return { kind: "deregister", id, pod: POD, reason: "pod-gone" };
}

export function setHealth(id: string, health: Health): Change {
  return { kind: "set-health", id, pod: POD, health, reason: health === "HEALTHY" ? "ready" : "pod-not-ready" };
}

/** `10.0.0.0` and the next ones. */
export function addresses(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `10.0.${Math.floor(index / 250)}.${index % 250}`);
}

/** Each result that occurs, once. */
export function resultsOf(outcomes: readonly Outcome[]): readonly Outcome["result"][] {
  return [...new Set(outcomes.map(({ result }) => result))];
}

export function messagesOf(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.flatMap((outcome) => (outcome.result === "failed" ? [outcome.error.message] : []));
}

/** So many milliseconds from now, for beginning and for waiting. */
export function soon(milliseconds: number, now = Date.now()): Times {
  return { seen: 0, begin: now + milliseconds, patience: milliseconds, end: now + milliseconds };
}
