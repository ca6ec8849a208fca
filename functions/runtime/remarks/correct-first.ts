import type { Report, ReportedHeld } from "../../core/report.ts";
import { isClaimedBy } from "./is-claimed-by.ts";
import type { Reads } from "./record.ts";
import type { Unchosen } from "./unchosen.ts";

/** The same report, in which what the guard holds in a service whose mapping chooses no pod says what is mistaken in that. */
export function correctFirst(
  report: Report,
  unchosen: readonly Unchosen[],
  { namespaces }: Pick<Reads, "namespaces">,
): Report {
  const services = report.services.map((service) => {
    const found = unchosen.find(({ claim }) => isClaimedBy(service, claim, namespaces));
    return found === undefined ? service : { ...service, held: service.held.map((one) => correctedFirst(one, found)) };
  });
  return { ...report, services };
}

/** As the guard begins where a mapping is to blame (core/guard.ts): where the cluster lists no pod at all, none is. */
const CORRECTION = /^correct [^;]*, which chooses? no pod; /;

function correctedFirst(held: ReportedHeld, { claim, hint }: Unchosen): ReportedHeld {
  if (held.reason !== "guard" || !CORRECTION.test(held.remedy)) return held;
  const other = held.remedy.replace(CORRECTION, "");
  return { ...held, remedy: `correct ${claim.origin.name} (see the warning: ${hint}); ${other}` };
}
