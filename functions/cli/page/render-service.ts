import type { Differences } from "../../core/differences.ts";
import { podName } from "../../core/model.ts";
import type { ReportedChange } from "../../core/report.ts";
import { changeText, creationText, holderIn, kindOf, SIGNS } from "../render-changes.ts";
import { groupHolds, holdsText } from "../render-holds.ts";
import { isUnknown } from "../render-status.ts";
import { markup, verbatim } from "./markup.ts";
import type { Html } from "./markup.ts";
import type { PageService } from "./page.ts";

/** Of a service's holds that differ, and of its pods that wait; the rest is counted. */
const MOST = 100;

/** One service: a line that can be opened. `owner`: ours. */
export function renderService(service: PageService, owner: string, isOpen: boolean): Html {
  const { namespace, service: name, state } = service;
  const parts = [renderError(service), renderHeld(service), renderChanges(service), renderInstances(service, owner)];
  return markup`<details data-state="${state}"${verbatim(isOpen ? " open" : "")}>
<summary><span class="badge ${state.replace(" ", "-")}">${state}</span><span class="name"><span class="dim">${namespace === "" ? "" : `${namespace}/`}</span><b>${name}</b></span><span class="counts">${countsOf(service)}</span></summary>
<div class="story">${parts}</div>
</details>
`;
}

/** `2 registered, 3 ready · 12 of others · 1 unhealthy`: what there is none of is not said. */
function countsOf({ error, desired, registered, others, unhealthy, held, differs }: PageService): string {
  const foreign = others.reduce((sum, { instances }) => sum + instances, 0);
  return [
    isUnknown({ error, desired, registered }) ? "not known" : `${registered} registered, ${desired} ready`,
    ...(foreign > 0 ? [`${foreign} of others`] : []),
    ...(unhealthy !== null && unhealthy > 0 ? [`${unhealthy} unhealthy`] : []),
    ...(differs > 0 ? [`${differs} to change`] : []),
    ...(held.length > 0 ? [`${held.length} held`] : []),
  ].join(" · ");
}

function renderError({ error }: PageService): Html {
  return error === null ? NOTHING : markup`<p class="error"><b>failed:</b> ${error}</p>`;
}

function renderHeld({ held }: PageService): Html {
  if (held.length === 0) return NOTHING;
  const groups = groupHolds(held);
  const items = groups
    .slice(0, MOST)
    .map(
      (holds) =>
        markup`<li><span class="badge held">${holds[0].reason}</span> ${holdsText(holds)}<p class="remedy">${holds[0].remedy}</p></li>`,
    );
  return markup`<h3>Held, and what releases it</h3><ul>${items}${more(groups.length - MOST, "plan --output json")}</ul>`;
}

function renderChanges({ changes, creates, differs }: PageService): Html {
  if (differs === 0) return NOTHING;
  const items = [
    creates === undefined ? NOTHING : markup`<li><code>+</code> ${creationText(creates, "plan")}</li>`,
    ...changes.map(renderChange),
    more(differs - changes.length, "plan --output json"),
  ];
  return markup`<h3>What the next pass changes</h3><ul>${items}</ul>`;
}

/** What the page has no room for, and what shows it. */
function more(count: number, command: string): Html {
  return count <= 0 ? NOTHING : markup`<li class="dim">… and ${count} more: <code>${command}</code> has all</li>`;
}

function renderChange(change: ReportedChange): Html {
  const { sign } = SIGNS[kindOf(change)];
  return markup`<li><code>${sign}</code> ${changeText(change, "plan")}${renderDifferences(change.attributes ?? {})}</li>`;
}

/** Key by key; of a new instance what it gets. */
function renderDifferences(attributes: Differences): Html {
  const all = Object.entries(attributes);
  if (all.length === 0) return NOTHING;
  if (all.every(([, { from }]) => from === null))
    return markup`<p class="gets"><code>${all.map(([key, { to }]) => `${key}=${to}`).join(", ")}</code></p>`;
  const rows = all.map(([key, { from, to }]) => [key, valueOf(from), valueOf(to)]);
  return renderTable(["key", "in Cloud Map", "should be"], rows, "keys");
}

function valueOf(value: string | null): Html {
  return value === null ? markup`<span class="dim">none</span>` : markup`<code>${value}</code>`;
}

const HEADS = ["instance", "pod", "zone", "port", "health", "since", "owner"] as const;

/** Each instance with its pod, and the pods that have none because they are not ready. */
function renderInstances(service: PageService, owner: string): Html {
  const { instances, unlisted, unready } = service;
  if (isUnknown(service)) return NOTHING;
  if (instances.length + unlisted + unready.length === 0) return markup`<p class="dim">No instances.</p>`;
  const rows = [
    ...instances.map((one) => ({
      ...one,
      instance: one.id,
      pod: holderIn(one) ?? null,
      owner: one.owner === owner ? "ours" : one.owner,
    })),
    ...unready.slice(0, MOST).map(({ key, since }) => ({ ...WAITING, pod: podName(key), since })),
  ];
  const heads = HEADS.filter((head) => rows.some((row) => row[head] !== null));
  const cells = rows.map((row) => heads.map((head) => row[head] ?? NONE));
  const left = more(unlisted + Math.max(0, unready.length - MOST), "status --wide --service");
  return markup`<h3>Pods and instances</h3>${renderTable(heads, cells, "instances")}<ul>${left}</ul>`;
}

const WAITING = { instance: "none", zone: null, port: null, health: "not ready", owner: null };

/** Where there is little room each cell bears its heading. */
function renderTable(heads: readonly string[], rows: readonly (readonly (string | Html)[])[], kind: string): Html {
  const lines = rows.map(
    (row) => markup`<tr>${row.map((cell, column) => markup`<td data-head="${heads[column] ?? ""}">${cell}</td>`)}</tr>`,
  );
  return markup`<table class="${kind}"><thead><tr>${heads.map((head) => markup`<th>${head}</th>`)}</tr></thead><tbody>${lines}</tbody></table>`;
}

/** Where cells are lines, those without a value are left out. */
const NONE = verbatim(`<span class="none">–</span>`);
const NOTHING = verbatim("");
