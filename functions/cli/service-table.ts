import type { ServiceReport } from "../core/report.ts";
import { fitsNames, renderTable } from "./table.ts";
import type { Column, Row } from "./table.ts";
import { printable } from "./text.ts";

/** `cells`: those of every column but the first, which is the service's name. */
export type ServiceRow = { readonly service: Pick<ServiceReport, "namespace" | "service">; readonly cells: Row };

/**
 * A row a service. A namespace that all of them share stands once above the table; of several, each stands in the names where
 * they fit as a whole, and else above its services: what names have in common tells nobody anything.
 */
export function renderServiceTable(
  columns: readonly Column[],
  rows: readonly ServiceRow[],
  width: number | undefined,
): string {
  const byNamespace = Map.groupBy(rows, ({ service: { namespace } }) => namespace);
  const [only = "", ...others] = byNamespace.keys();
  if (others.length === 0) {
    const table = renderTable(
      columns,
      rows.map(({ service, cells }) => [service.service, ...cells]),
      width,
    );
    return only === "" ? table : `${headingOf(only)}\n${table}`;
  }
  const whole = rows.map(({ service, cells }) => [reportTitle(service), ...cells]);
  if (fitsNames(columns, whole, width)) return renderTable(columns, whole, width);
  const grouped = [...byNamespace].flatMap(([namespace, own]): Row[] => [
    [headingOf(namespace)],
    ...own.map(({ service, cells }) => [`  ${service.service}`, ...cells]),
  ]);
  return renderTable(columns, grouped, width);
}

function headingOf(namespace: string): string {
  return namespace === "" ? "no namespace" : `namespace ${printable(namespace)}`;
}

/** As it is written on the command line; a claim may name no namespace. */
export function reportTitle({ namespace, service }: Pick<ServiceReport, "namespace" | "service">): string {
  return namespace === "" ? service : `${namespace}/${service}`;
}
