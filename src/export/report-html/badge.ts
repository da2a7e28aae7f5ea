import type { ReportError, ReportFinding } from '../report.ts';
import { html, type Markup } from './html.ts';

/** A severity as a word. */
export function renderBadge(severity: ReportFinding['severity']): Markup {
  return html`<span class="badge ${severity}">${severity === 'error' ? 'Error' : 'Warning'}</span>`;
}

/** Why a part of the report could not be made. */
export function renderFailure(what: string, { code, message, hint }: ReportError): Markup {
  return html`<div class="card finding error">
    <p>${renderBadge('error')} ${what}${message} <code>${code}</code></p>
    ${hint === null ? null : html`<p class="hint">${hint}</p>`}
  </div>`;
}
