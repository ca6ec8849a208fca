import type { Scope } from "../../core/model.ts";
import type { Report, ServiceReport } from "../../core/report.ts";
import type { Ask } from "./lambda.ts";

/** A pass that was asked for again this often leaves the rest to the schedule. */
const MAX_ATTEMPTS = 5;

/**
 * What a pass asks for once more, through the queue and after a pause, because another pass can mend it and would not come by
 * itself soon enough. Nothing that stays as it is goes round for ever: an operation that hangs is looked at once more, and a
 * source that fails twice waits for the schedule.
 *
 * | the pass                                | asks again for                            | how often                 |
 * |-----------------------------------------|-------------------------------------------|---------------------------|
 * | had no time to finish a service         | that service                              | once; while it gets on, 5 |
 * | of the queue could not read something   | all that the queue asked for              | once                      |
 * | failed, or holds something              | nothing: the message comes back by itself | –                         |
 */
export function scopesAgain(
  { services, errors }: Report,
  { cause, scopes, dryRun, attempt = 0 }: Ask,
): readonly Scope[] {
  if (dryRun === true || attempt >= MAX_ATTEMPTS) return [];
  if (cause === "queue" && errors.length > 0) return attempt === 0 ? scopes : [];
  return services
    .filter((service) => isUnfinished(service) && (attempt === 0 || hasGotOn(service)))
    .map(({ namespace, service }) => ({ kind: "service", namespace, service }));
}

function isUnfinished({ held }: ServiceReport): boolean {
  return held.some(({ reason }) => reason === "unfinished");
}

function hasGotOn({ changes }: ServiceReport): boolean {
  return changes.some(({ error }) => error === undefined);
}
