import type { HeldReason } from "../../core/change.ts";

/** What is held, by reason: each a metric of its own, since dimensions would multiply the series. */
export const HELD_METRICS: Readonly<Record<HeldReason, string>> = {
  policy: "HeldByPolicy",
  foreign: "HeldForeign",
  "other-cluster": "HeldOtherCluster",
  "not-allowed": "HeldNotAllowed",
  guard: "HeldByGuard",
  "source-absent": "HeldSourceAbsent",
  "source-failed": "HeldSourceFailed",
  quota: "HeldByQuota",
  ambiguous: "HeldAmbiguous",
  invalid: "HeldInvalid",
  "too-many": "HeldTooMany",
  "no-service": "HeldNoService",
  waiting: "HeldWaiting",
  contested: "HeldContested",
  pending: "HeldPending",
  unfinished: "HeldUnfinished",
};
