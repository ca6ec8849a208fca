import { createHash } from "node:crypto";
import { aboutLines } from "../about.ts";
import type { About } from "../about.ts";
import { counted } from "../text.ts";
import { markup, verbatim } from "./markup.ts";
import type { Html } from "./markup.ts";
import type { Page } from "./page.ts";
import { inSync } from "../in-sync.ts";
import { renderService } from "./render-service.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/** Nothing is loaded, sent or run but these two texts, whatever a name that is shown may hold. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${digest(STYLE)}'`,
  `script-src 'sha256-${digest(SCRIPT)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Of one kind; the rest is counted. */
const MOST_NOTES = 100;

/** Of the services that need somebody, how many are open when the page is. */
const OPEN = 10;

/** A status as one HTML page that needs nothing else: to look through in an incident, and to pass on. */
export function renderPage(page: Page): string {
  const { about, services, counts } = page;
  const held = page.claims.map(({ claim, problem }) => `${claim}: ${problem}`);
  const place = about.eksCluster ?? about.context ?? about.server;
  const { text } = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${headline(page)}: ${place}</title>
<style>${verbatim(STYLE)}</style>
</head>
<body>
<main>
<h1>${headline(page)}</h1>
${renderTime(page)}
${renderAbout(about)}
${renderNotes("Something failed", "failed", page.errors)}
${renderNotes("Worth knowing", "", page.warnings)}
${renderNotes("Held claims", "", held)}
${renderFilter(counts, services.length)}
${services.map((service, index) => renderService(service, about.owner, index < OPEN && service.state !== "in sync"))}
${FOOTER}
</main>
<script>${verbatim(SCRIPT)}</script>
</body>
</html>
`;
  return text;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

function headline(page: Page): string {
  const { counts, services, ok, errors } = page;
  const { failed, held, differs } = counts;
  const empty = counts["no pods"] + counts["none ready"];
  if (failed + held + differs + empty === 0)
    return ok ? inSync(page).replace(/\.$/, "") : "Something failed: see below";
  const parts = [
    ...(failed > 0 ? [`${failed} failed`] : errors.length > 0 ? ["something failed"] : []),
    ...(held > 0 ? [`${held} held`] : []),
    ...(differs > 0 ? [`${differs} ${differs === 1 ? "differs" : "differ"}`] : []),
    ...(empty > 0 ? [`${empty} without ready pods`] : []),
  ];
  return `Of ${counted(services.length, "service")}: ${parts.join(", ")}`;
}

function renderTime({ madeAt, version }: Page): Html {
  const time = new Date(madeAt).toISOString();
  return markup`<p>As it was on <time datetime="${time}">${time.slice(0, 19).replace("T", " ")} UTC</time> <span id="age"></span></p>
<p class="dim">This page stays as it is: run <code>status --html</code> again for a newer one (eks-cloudmap-sync ${version}).</p>`;
}

function renderAbout(about: About): Html {
  const lines = aboutLines(about).map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>\n`);
  return markup`<dl class="about">\n${lines}</dl>`;
}

function renderNotes(title: string, kind: string, notes: readonly string[]): Html {
  if (notes.length === 0) return NOTHING;
  const items = notes.slice(0, MOST_NOTES).map((note) => markup`<li>${note}</li>`);
  const left = notes.length > MOST_NOTES ? markup`<li>… and ${notes.length - MOST_NOTES} more</li>` : NOTHING;
  return markup`<section class="notes ${kind}"><h2>${title}</h2><ul>${items}${left}</ul></section>`;
}

function renderFilter(counts: Page["counts"], total: number): Html {
  const states = Object.entries(counts).filter(([, count]) => count > 0);
  return markup`<form hidden>
<input type="search" aria-label="Filter" placeholder="Filter: service, pod, address, zone, …" autocomplete="off" spellcheck="false">
<fieldset aria-label="State">${choice("", "all", total, CHECKED)}${states.map(([state, count]) => choice(state, state, count, NOTHING))}</fieldset>
<output id="shown" class="dim"></output>
</form>`;
}

function choice(value: string, name: string, count: number, checked: Html): Html {
  return markup`<label><input type="radio" name="state" value="${value}"${checked}><span>${name} ${count}</span></label>`;
}

const NOTHING = verbatim("");
const CHECKED = verbatim(" checked");

const FOOTER = verbatim(`<footer>
<p><b>in sync</b>: every ready pod is registered as it should be, and nothing else of ours. <b>differs</b>: the next pass repairs it.
<b>no pods</b>, <b>none ready</b>: a mapping is there, and chooses no pod, or none that is ready; nothing is registered, or should be.
<b>held</b>: a change is not made, and what releases it stands beside it. <b>failed</b>: something could not be read or written.</p>
<p>Why is a pod, an address or an instance there, or not? <code>explain NAME</code> says so.</p>
</footer>`);
