import { describePolicy } from '../../retention/describe-policy.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import type { ReportCleanup } from '../report.ts';
import { renderFailure } from './badge.ts';
import { type Content, html, type Markup } from './html.ts';

/** What the next cleanup will remove, and why. */
export function renderCleanup(cleanup: ReportCleanup): Markup {
  return html`<section id="cleanup">
    <h2>The next cleanup</h2>
    ${describe(cleanup)}
  </section>`;
}

function describe(cleanup: ReportCleanup): Content {
  if (cleanup.status === 'failed') return renderFailure('', cleanup.error);
  const { policy, removed, kept, freedBytes, warnings } = cleanup;
  const verdict =
    removed.length === 0
      ? `Removes nothing; ${countOf(kept, 'snapshot')} kept.`
      : `Removes ${countOf(removed.length, 'snapshot')} and frees ${formatBytes(freedBytes)}; ${countOf(kept, 'snapshot')} kept.`;
  return [
    html`<p class="lead">${verdict} Policy: ${describePolicy(policy)}.</p>`,
    ...warnings.map((warning) => html`<p class="note">${warning}</p>`),
    removed.length === 0
      ? null
      : html`<div class="card"><table class="figures" role="table">
      <thead><tr role="row"><th scope="col">Snapshot</th><th scope="col">Taken</th><th scope="col" class="number">Size</th><th scope="col">Why</th></tr></thead>
      <tbody>${removed.map(
        ({ name, created, bytes, reason }) =>
          html`<tr role="row"><th scope="row">${name}</th><td role="cell" data-name="Taken">${created?.slice(0, 10) ?? 'not known'}</td><td role="cell" class="number" data-name="Size">${formatBytes(bytes)}</td><td role="cell" data-name="Why">${reason}</td></tr>`,
      )}</tbody></table></div>`,
  ];
}
