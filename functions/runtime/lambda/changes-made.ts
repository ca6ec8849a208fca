import type { Report, ReportedChange } from "../../core/report.ts";

/** A change as the log tells it. */
export type MadeChange = ReportedChange & { readonly namespace: string; readonly service: string };

/** What a pass has changed, removals first: of them somebody asks later why. */
export function changesMade({ services }: Report): readonly MadeChange[] {
  const made = services.flatMap(({ namespace, service, changes }) =>
    changes.filter(({ error }) => error === undefined).map((change) => ({ namespace, service, ...change })),
  );
  const isRemoval = ({ kind }: MadeChange) => kind === "deregister";
  return [...made.filter(isRemoval), ...made.filter((change) => !isRemoval(change))];
}
