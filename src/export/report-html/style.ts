/** The page's style sheet. Colours have a contrast of at least 4.5 to 1 on what they stand on. */
export const style = `
:root {
  --page: #f5f6f7; --card: #fff; --text: #1b1f24; --muted: #59616b; --rule: #dfe3e8;
  --line: #1f5fbf; --area: #1f5fbf1f; --error: #b3261e; --warning: #8a5200; --good: #19703b;
  --error-soft: #fbeae8; --warning-soft: #fbf1de; --code: #eef0f3;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #13161a; --card: #1c2026; --text: #e7eaee; --muted: #a4adb8; --rule: #343b44;
    --line: #82b4ff; --area: #82b4ff26; --error: #ff9189; --warning: #f2bd63; --good: #7ed19b;
    --error-soft: #3a2321; --warning-soft: #372c19; --code: #282e36;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 1.5rem 1.25rem 3rem; max-width: 72rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere;
}
h1, h2, h3, h4, p, dl, dd, figure, ol { margin: 0; padding: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; }
h2 { font-size: 1.35rem; margin: 2.5rem 0 .6rem; }
h3 { font-size: 1.05rem; margin: 1.2rem 0 .4rem; }
h4 { font-size: 1rem; margin: 1rem 0 .3rem; }
.eyebrow { color: var(--muted); font-weight: 600; }
.muted, small, caption { color: var(--muted); }
small { font-size: .85rem; font-weight: 400; }
code { font: .875em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; background: var(--code); padding: .1em .35em; border-radius: 4px; }
a { color: inherit; text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; text-underline-offset: .2em; }
.todo a::after { content: " ↓"; color: var(--muted); }
.lead { max-width: 60rem; margin-bottom: .8rem; }
.note { margin: .5rem 0; padding-left: .7rem; border-left: 3px solid var(--warning); }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 1rem 1.1rem; margin: 0 0 .8rem; }
.card > h3:first-child, figcaption h3 { margin-top: 0; }
.empty { color: var(--muted); }

.answers { display: grid; grid-template-columns: 1fr 1.35fr; gap: .9rem; margin-top: 1.3rem; }
.answers.calm { grid-template-columns: 1fr 1fr 1fr; }
.answer { border-top: 5px solid var(--muted); margin: 0; }
.answer.good { border-top-color: var(--good); }
.answer.warning { border-top-color: var(--warning); }
.answer.error { border-top-color: var(--error); }
.answer h2 { font-size: 1rem; margin: 0; color: var(--muted); font-weight: 600; }
.answer .short { font-size: 1.7rem; font-weight: 700; line-height: 1.25; margin: .15rem 0 .4rem; }
.answer.good .short { color: var(--good); }
.answer.warning .short { color: var(--warning); }
.answer.error .short { color: var(--error); }
.answer p + p { margin-top: .35rem; }
.answer .short + p { margin-top: 0; }
.todo { grid-area: 1 / 2 / span 2; }
.calm .todo { grid-area: auto; }
.todo ol { list-style: none; }
.todo li { margin-bottom: .35rem; line-height: 1.4; }

.badge { font-size: .8rem; font-weight: 650; padding: .05rem .45rem; border-radius: 4px; white-space: nowrap; }
.badge.error { color: var(--error); background: var(--error-soft); }
.badge.warning { color: var(--warning); background: var(--warning-soft); }
.count { font-weight: 600; color: var(--muted); }
.count::before { content: "× "; font-weight: 400; }
h3 .count::before { content: ""; }
.finding { border-left: 4px solid var(--warning); padding: .75rem 1rem; }
.finding.error { border-left-color: var(--error); }
.finding p + p { margin-top: .3rem; }
.finding .check { background: none; padding: 0; color: var(--muted); }
.finding .detail { color: var(--muted); font-size: .93rem; }
.finding .detail code { color: var(--text); }
.finding .hint::before { content: "→ "; color: var(--muted); }
pre { margin: .5rem 0 0; padding: .6rem .75rem; background: var(--code); border-radius: 6px; white-space: pre-wrap; line-height: 1.4; }
pre code { padding: 0; background: none; }

.facts { display: flex; flex-wrap: wrap; gap: 1px; background: var(--rule); border: 1px solid var(--rule); border-radius: 10px; overflow: hidden; margin-bottom: .8rem; }
.facts > div { flex: 1 1 11rem; background: var(--card); padding: .7rem 1rem; }
.facts dt { color: var(--muted); font-size: .9rem; }
.facts dd { font-weight: 650; font-size: 1.05rem; }
.facts small { display: block; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .9rem; }
.pair .card { margin: 0; min-width: 0; }
figcaption { margin-bottom: .7rem; }
figcaption b { font-size: 1.25rem; }

.plot { display: grid; grid-template-columns: max-content 1fr; grid-template-rows: 11rem 1.6rem; column-gap: .5rem; padding: .5rem .4rem 0 0; }
.plot svg, .lanes svg { width: 100%; height: 100%; overflow: visible; display: block; min-width: 0; }
svg path { vector-effect: non-scaling-stroke; fill: none; }
.grid { stroke: var(--rule); stroke-width: 1; }
.area { fill: var(--area) !important; }
.line { stroke: var(--line); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.dot { stroke: var(--line); stroke-width: 5; stroke-linecap: round; }
.y-axis { position: relative; font-size: .8rem; color: var(--muted); line-height: 1; font-variant-numeric: tabular-nums; }
.y-axis span { position: absolute; right: 0; transform: translateY(50%); white-space: nowrap; }
.y-axis i { visibility: hidden; font-style: normal; white-space: nowrap; }
.x-axis { position: relative; grid-column: 2; height: 1.6rem; font-size: .8rem; color: var(--muted); }
.x-axis span { position: absolute; top: .35rem; transform: translateX(-50%); white-space: nowrap; line-height: 1; }
.plot.small { grid-template-columns: 3.6rem 1fr; grid-template-rows: 2.6rem; padding-top: .45rem; padding-bottom: .45rem; }
.lanes { display: grid; grid-template-columns: max-content 1fr; column-gap: .9rem; row-gap: .3rem; grid-auto-rows: 1.6rem; padding: .3rem .4rem 0 0; }
.lane-name { font-size: .9rem; align-self: center; }
.mark { stroke-width: 2; stroke: var(--line); }
.mark.doubtful { stroke: var(--error); }
.mark.leaving { stroke: var(--warning); }
.legend { color: var(--muted); font-size: .9rem; margin: .5rem 0 1rem; }
.legend > span { white-space: nowrap; margin-right: .9rem; }
.key { display: inline-block; width: 3px; height: 1rem; background: var(--line); vertical-align: -2px; margin-right: .35rem; }
.key.doubtful { background: linear-gradient(var(--error) 45%, transparent 45%); }
.key.leaving { background: linear-gradient(transparent 55%, var(--warning) 55%); }

table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: .9rem; padding-bottom: .3rem; }
th, td { text-align: left; padding: .4rem .9rem .4rem 0; vertical-align: top; border-top: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: 0; }
.number + td:not(.number), .number + th:not(.number) { padding-left: 1.4rem; }
thead th { border-top: 0; color: var(--muted); font-size: .9rem; font-weight: 600; }
th[scope="row"] { font-weight: 600; }
.number { text-align: right; white-space: nowrap; }
details { margin: .8rem 0; }
summary { cursor: pointer; padding: .4rem 0; }
.models { border-spacing: 0; border-collapse: separate; table-layout: fixed; }
.models td, .models th { vertical-align: middle; }
.models thead th:first-child { width: 24%; }
.models th small { display: block; }
.models thead th small { display: inline; }
.figure { display: grid; grid-template-columns: 6.2rem minmax(0, 1fr); column-gap: .6rem; align-items: center; }
.figure b { display: block; }
footer { margin-top: 2.5rem; color: var(--muted); font-size: .9rem; }

@media (max-width: 62rem) {
  .x-axis .minor { display: none; }
  .answers, .answers.calm { grid-template-columns: 1fr 1fr; }
  .todo, .calm .todo { grid-area: auto / 1 / auto / -1; }
}
@media (max-width: 44rem) {
  body { padding: 1rem .8rem 2rem; }
  h1 { font-size: 1.5rem; }
  .answers, .answers.calm { grid-template-columns: 1fr; gap: .6rem; margin-top: .9rem; }
  .answer { padding: .7rem .9rem; }
  .answer .short { font-size: 1.4rem; margin: 0 0 .2rem; }
  .pair { grid-template-columns: 1fr; }
  .facts > div { flex-basis: 9.5rem; }
  .lanes { column-gap: .6rem; }
  .figures, .figures tbody, .models, .models tbody { display: block; }
  .figures thead, .models thead { display: none; }
  .figures tr { display: grid; grid-template-columns: 1fr 1fr; gap: .1rem .8rem; border-top: 1px solid var(--rule); padding: .5rem 0; }
  .figures caption { display: block; }
  .figures th, .figures td, .figures .number + td { border: 0; padding: 0; }
  .figures th { grid-column: 1 / -1; }
  .figures td[data-name="Why"] { grid-column: 1 / -1; }
  .number { text-align: left; }
  .figures td::before, .models td::before { content: attr(data-name) " "; color: var(--muted); font-size: .85rem; }
  .models tr { display: block; border-top: 1px solid var(--rule); padding: .6rem 0; }
  .models tr:first-child { border-top: 0; padding-top: 0; }
  .models th, .models td { display: block; border: 0; padding: 0; }
  .models th small { display: inline; }
  .models td { display: grid; grid-template-columns: 2.6rem minmax(0, 1fr); align-items: center; }
  .figure { grid-template-columns: 6rem minmax(0, 1fr); }
}
@media print {
  @page { margin: 14mm; }
  :root { --page: #fff; }
  body { padding: 0; max-width: none; font-size: 10.5pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .card, tr, .pair, .facts { break-inside: avoid; }
  table.card { break-inside: auto; }
  h2, h3, h4 { break-after: avoid; }
  .plot { grid-template-rows: 8rem 1.6rem; }
  .todo a::after { content: none; }
  details, .x-axis .minor { display: none; }
}
`;
