/** Of the page, which loads nothing: colours that can be told apart on light and on dark, and room from a telephone to a wall. */
export const STYLE = `
:root { color-scheme: light dark; --back: #ffffff; --raised: #f4f6f8; --line: #d5dae1; --text: #1b1f24; --dim: #545d68; --link: #1a56a8;
  --failed: #9b1c13; --failed-back: #fde9e7; --held: #754700; --held-back: #fff0d1; --differs: #1a4b8c; --differs-back: #e3edff;
  --sync: #17552f; --sync-back: #e2f4e8; }
@media (prefers-color-scheme: dark) { :root { --back: #14171c; --raised: #1d2128; --line: #39404b; --text: #e6e9ee; --dim: #a3abb7; --link: #9cc3ff;
  --failed: #ffb8b1; --failed-back: #471a17; --held: #ffd68c; --held-back: #40300f; --differs: #b0cdff; --differs-back: #19335a;
  --sync: #9fe3b4; --sync-back: #14371f; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
h3 { font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; color: var(--dim); margin: 1.25rem 0 .4rem; }
p { margin: .25rem 0; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .875em; }
.dim { color: var(--dim); }
.about { display: grid; grid-template-columns: auto 1fr; gap: .1rem 1rem; margin: 1rem 0; font-size: .9rem; }
.about dt { color: var(--dim); }
.about dd { margin: 0; }
.notes { border: 1px solid var(--line); border-left: 4px solid var(--held); border-radius: 6px; padding: .75rem 1rem; margin: 1rem 0; background: var(--raised); }
.notes.failed { border-left-color: var(--failed); }
.notes ul { margin: 0; padding-left: 1.1rem; }
.notes li + li { margin-top: .35rem; }
form { position: sticky; top: 0; z-index: 1; background: var(--back); padding: .75rem 0; margin-top: 1rem; display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; border-bottom: 1px solid var(--line); }
input[type=search] { flex: 1 1 16rem; min-width: 0; font: inherit; padding: .45rem .75rem; color: var(--text); background: var(--raised); border: 1px solid var(--dim); border-radius: 6px; }
input::placeholder { color: var(--dim); opacity: 1; }
fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .35rem; }
fieldset label { position: relative; cursor: pointer; }
fieldset input { position: absolute; inset: 0; opacity: 0; margin: 0; cursor: pointer; }
fieldset span { display: block; padding: .3rem .7rem; border: 1px solid var(--line); border-radius: 999px; font-size: .875rem; }
fieldset input:checked + span { background: var(--text); color: var(--back); border-color: var(--text); }
:focus-visible, fieldset input:focus-visible + span { outline: 3px solid var(--link); outline-offset: 1px; }
#shown { flex-basis: 100%; font-size: .875rem; }
details { border-bottom: 1px solid var(--line); content-visibility: auto; contain-intrinsic-size: auto 2.9rem; }
summary { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr) auto; gap: .75rem; align-items: baseline; padding: .6rem .25rem; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: var(--raised); }
summary .name::before { content: "▸"; color: var(--dim); display: inline-block; width: 1.1em; }
details[open] summary .name::before { content: "▾"; }
summary .counts { font-size: .875rem; font-variant-numeric: tabular-nums; text-align: right; }
.badge { justify-self: start; padding: .05rem .55rem; border-radius: 4px; font-size: .8rem; font-weight: 600; white-space: nowrap; }
.badge.failed { color: var(--failed); background: var(--failed-back); }
.badge.held { color: var(--held); background: var(--held-back); }
.badge.differs { color: var(--differs); background: var(--differs-back); }
.badge.no-pods, .badge.none-ready { color: var(--held); background: var(--held-back); }
.badge.in-sync { color: var(--sync); background: var(--sync-back); }
.story { padding: 0 .25rem 1.25rem 1.35rem; }
.story > :first-child { margin-top: .25rem; }
.story ul { margin: 0; padding: 0; list-style: none; }
.story li { padding: .35rem 0; }
.remedy { border-left: 3px solid var(--line); padding-left: .75rem; margin: .2rem 0 0; }
.error { color: var(--failed); }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th { text-align: left; font-weight: 600; color: var(--dim); }
th, td { padding: .25rem .75rem .25rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; }
.keys { margin: .25rem 0 .25rem 1.1rem; width: auto; }
.gets { margin-left: 1.1rem; color: var(--dim); }
footer { margin-top: 2rem; font-size: .875rem; color: var(--dim); }
@media (max-width: 40rem) {
  summary { grid-template-columns: auto minmax(0, 1fr); row-gap: .25rem; }
  summary .name { grid-column: 1 / -1; grid-row: 1; }
  .story { padding-left: .25rem; }
  .about { grid-template-columns: 1fr; gap: 0; }
  .about dd { margin-bottom: .4rem; }
  thead { display: none; }
  table, tbody, tr, td { display: block; width: auto; }
  tr { padding: .4rem 0; border-bottom: 1px solid var(--line); }
  td { border: 0; padding: 0; display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); gap: .5rem; }
  td:has(.none) { display: none; }
  td::before { content: attr(data-head); color: var(--dim); }
}
@media print { form { display: none; } details { content-visibility: visible; } }
`;
