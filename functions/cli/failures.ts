import { groupFailures } from "../core/group-failures.ts";
import type { Report } from "../core/report.ts";
import { reportTitle } from "./service-table.ts";
import { counted, listSome } from "./text.ts";

/** So many services are named that failed by the same. */
const NAMED = 5;

export type Failing = Pick<Report["services"][number], "namespace" | "service" | "error" | "cause">;

/** Which services failed by something of their own, and a sentence for what several failed by. */
export function failuresOf<T extends Failing>(
  services: readonly T[],
  errors: Report["errors"],
): { readonly own: readonly T[]; readonly shared: readonly string[] } {
  const { own, shared } = groupFailures(services, errors);
  return { own, shared: shared.map((one) => `${namesOf(one.services)}: ${one.problem}`) };
}

/** `4 services (shop.local/a, shop.local/b and 2 more)` */
export function namesOf(services: readonly Pick<Failing, "namespace" | "service">[]): string {
  return `${counted(services.length, "service")} (${listSome(services.map(reportTitle), NAMED)})`;
}
