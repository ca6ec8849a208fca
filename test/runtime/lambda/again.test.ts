import { expect, test } from "vitest";
import type { HeldReason, Scope } from "../../../functions/core/model.ts";
import type { Report, ServiceReport } from "../../../functions/core/report.ts";
import { scopesAgain } from "../../../functions/runtime/lambda/again.ts";
import { heldFor, report, serviceReport } from "../../support/reports.ts";

const NAMESPACE: Scope = { kind: "namespace", namespace: "shop" };
const WEB: Scope = { kind: "service", namespace: "shop.local", service: "web" };
const unfinished = service({ held: ["unfinished"] });
const gotOn = service({ held: ["unfinished"], changed: 1 });
const gotNowhere = service({ held: ["unfinished"], failed: 1 });

test.each<[string, Report, { readonly cause?: string; readonly attempt?: number; readonly dryRun?: boolean }, unknown]>(
  [
    ["ended its work", report({ services: [service({ changed: 2 })] }), {}, []],
    ["had no time for a service", report({ services: [unfinished] }), {}, [WEB]],
    ["had no time for it again, and got on", report({ services: [gotOn] }), { attempt: 1 }, [WEB]],
    ["had no time for it again, and did not get on", report({ services: [unfinished] }), { attempt: 1 }, []],
    ["only failed at it again", report({ services: [gotNowhere] }), { attempt: 1 }, []],
    ["got on for the fifth time", report({ services: [gotOn] }), { attempt: 5 }, []],
    ["was a dry run", report({ services: [unfinished] }), { dryRun: true }, []],
    ["holds what somebody has to decide", report({ services: [service({ held: ["guard", "ambiguous"] })] }), {}, []],
    ["of the queue could not read something", report({ errors: ["no list"] }), {}, [NAMESPACE]],
    ["of the queue could not read it again", report({ errors: ["no list"] }), { attempt: 1 }, []],
    ["of the schedule could not read something", report({ errors: ["no list"] }), { cause: "schedule" }, []],
  ],
)("what a pass asks for again that %s", (_, told, ask, wanted) => {
  expect(scopesAgain(told, { cause: "queue", scopes: [NAMESPACE], ...ask })).toEqual(wanted);
});

function service({
  held = [],
  changed = 0,
  failed = 0,
}: {
  readonly held?: readonly HeldReason[];
  readonly changed?: number;
  readonly failed?: number;
}): ServiceReport {
  const change = { kind: "register", id: "10.0.0.1", reason: "missing", pod: "shop/web-1" } as const;
  return serviceReport({
    changes: [
      ...Array.from({ length: changed }, () => change),
      ...Array.from({ length: failed }, () => ({ ...change, error: "no" })),
    ],
    held: heldFor(...held),
  });
}
