import type { Report } from "../../core/report.ts";
import { renderAbout } from "../about.ts";
import type { About } from "../about.ts";
import { renderReport } from "../render.ts";
import type { Verb } from "../render-changes.ts";
import { fit } from "../text.ts";
import type { Style } from "../text.ts";

/** What goes, or went, below whom it is about. */
export function renderDestroyed(report: Report, verb: Verb, about: About, style: Style): string {
  const remark = "Mappings and policy are ignored: every instance of this owner is removed.\n\n";
  return renderAbout(about, style) + fit(remark, style) + renderReport(report, verb, style, "destroy");
}
