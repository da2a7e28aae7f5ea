import { countOf } from '../../util/bytes.ts';
import { formatDuration } from '../../util/duration.ts';
import type { Report, ReportData, ReportFinding } from '../report.ts';
import { renderBadge, renderFailure } from './badge.ts';
import { type Content, html, type Markup } from './html.ts';
import { countSeverities, placeOf, shorten } from './words.ts';

/** More than anybody reads; the JSON document has them all. */
const mostShown = 300;

export function renderData(data: ReportData): Markup {
  return html`<section id="data">
    <h2>The data</h2>
    ${describeData(data)}
  </section>`;
}

function describeData(data: ReportData): Content {
  if (data.status === 'skipped') {
    return html`<p class="card empty">The data was not checked for this report. <code>holdfast validate data</code> checks it.</p>`;
  }
  if (data.status === 'failed') return renderFailure('The checks could not run: ', data.error);
  const { findings, checks, tables, warnings, durationMs } = data;
  const run = `${countOf(checks, 'check')} over ${countOf(tables, 'table')} in ${formatDuration(durationMs)}`;
  return [
    html`<p class="lead">${run}: ${countSeverities(findings) ?? 'nothing found'}.</p>`,
    ...warnings.map((warning) => html`<p class="note">${warning}</p>`),
    ...(['error', 'warning'] as const).map((severity) =>
      renderSeverity(severity, numberFindings(findings, 'data')),
    ),
  ];
}

/** A finding, and the name by which links reach it. */
interface NumberedFinding {
  readonly finding: ReportFinding;
  readonly id: string;
}

function numberFindings(findings: readonly ReportFinding[], part: string): readonly NumberedFinding[] {
  return findings.map((finding, index) => ({ finding, id: `${part}-${index}` }));
}

function renderSeverity(severity: ReportFinding['severity'], all: readonly NumberedFinding[]): Content {
  const findings = all.filter(({ finding }) => finding.severity === severity);
  if (findings.length === 0) return null;
  const shown = findings.slice(0, mostShown);
  const rest = findings.length - shown.length;
  return [
    html`<h3>${severity === 'error' ? 'Errors' : 'Warnings'} <span class="count">${findings.length}</span></h3>`,
    ...groupByModel(shown).map(
      ([name, ofModel]) => html`<div class="group">
        <h4>${name}</h4>
        ${ofModel.map(renderFinding)}
      </div>`,
    ),
    rest > 0 ? html`<p class="muted">${rest} more stand in the JSON document.</p>` : null,
  ];
}

function groupByModel(
  findings: readonly NumberedFinding[],
): readonly (readonly [string, readonly NumberedFinding[]])[] {
  const groups = new Map<string, NumberedFinding[]>();
  for (const one of findings) {
    const name = one.finding.model ?? one.finding.table ?? 'The database';
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups];
}

export function renderHealth({ findings }: Report['health']): Markup {
  return html`<section id="health">
    <h2>Health of the backups</h2>
    ${findings.length === 0 ? html`<p class="card empty">Nothing speaks against relying on the backups.</p>` : numberFindings(findings, 'health').map(renderFinding)}
  </section>`;
}

function renderFinding({ finding, id }: NumberedFinding): Markup {
  const { check, severity, count, samples, message, hint, sql, rule } = finding;
  const place = placeOf(finding);
  return html`<article class="card finding ${severity}" id="${id}">
    <p class="what">${renderBadge(severity)} <code class="check">${check}</code>${place === null ? null : html` <b>${place}</b>`}${count > 1 ? html` <span class="count">${count.toLocaleString('en-US')}</span>` : null}</p>
    <p>${message}</p>
    ${rule == null ? null : html`<p class="detail">Rule: <code>${rule}</code></p>`}
    ${samples.length === 0 ? null : html`<p class="detail">${count > samples.length ? 'Such as' : 'Where'}: ${samples.map((sample) => html`<code>${shorten(sample)}</code> `)}</p>`}
    ${hint === null ? null : html`<p class="hint">${hint}</p>`}
    ${sql == null ? null : html`<pre aria-label="SQL that shows the rows"><code>${sql}</code></pre>`}
  </article>`;
}
