import { countOf, formatBytes, formatCount } from '../../util/bytes.ts';
import { formatInstant, formatSpan } from '../../util/time-text.ts';
import type { HeldSnapshots, Report, ReportHistory, ReportSnapshot, SnapshotKind } from '../report.ts';
import { type Content, html, type Markup } from './html.ts';
import { type Lane, lanePlot, linePlot, type MarkState } from './plot.ts';
import { rangeOf } from './scale.ts';
import { formatChange, kindNames } from './words.ts';

export function renderBackups(report: Report): Markup {
  const { held, history } = report;
  return html`<section id="backups">
    <h2>The backups</h2>
    ${renderFacts(report)}
    ${held.length === 0 ? html`<p class="card empty">The backup folder holds no snapshot. Take one: <code>holdfast backup</code></p>` : renderHeld(report)}
    ${renderGrowth(history)}
  </section>`;
}

function renderFacts({ created, health, snapshots }: Report): Markup {
  const { lastVerified, lastBackup, nextScheduled, totalBytes, freeBytes, maxAgeMs } = health;
  const ageMs = lastVerified === null ? null : Date.parse(created) - Date.parse(lastVerified.created);
  const drilled = newest(snapshots.flatMap((snapshot) => snapshot.drilled ?? []));
  const size = snapshots.find(({ name }) => name === lastVerified?.name)?.bytes ?? null;
  const room = size === null || freeBytes === null || size === 0 ? null : Math.floor(freeBytes / size);
  return html`<dl class="facts">
    ${fact('Newest verified backup', ageMs === null ? 'none' : `${formatSpan(ageMs)} old`, `limit ${formatSpan(maxAgeMs)}`)}
    ${fact('Last backup', lastBackup === null ? 'none' : shortInstant(lastBackup.created), lastBackup?.name ?? null)}
    ${fact('Next scheduled', nextScheduled === null ? 'none' : shortInstant(nextScheduled), nextScheduled === null ? null : 'UTC')}
    ${fact('Storage used', formatBytes(totalBytes), countOf(snapshots.length, 'snapshot'))}
    ${fact('Free space', freeBytes === null ? 'not known' : formatBytes(freeBytes), room === null ? null : `room for ${formatCount(room)} more of the newest size`)}
    ${drilled === null ? null : fact('Last restored on trial', shortInstant(drilled), 'UTC')}
  </dl>`;
}

function newest(instants: readonly string[]): string | null {
  return instants.reduce<string | null>((a, b) => (a === null || b > a ? b : a), null);
}

function shortInstant(instant: string): string {
  return formatInstant(instant).replace(' UTC', '');
}

function fact(name: string, value: string, more: string | null): Markup {
  return html`<div><dt>${name}</dt><dd>${value}${more === null ? null : html`<small>${more}</small>`}</dd></div>`;
}

function renderHeld({ held, snapshots }: Report): Content {
  const unreadable = snapshots.filter(({ created }) => created === null).map(({ name }) => name);
  return html`<div class="card">
    <h3>Points in time to go back to</h3>
    ${drawLanes(held, snapshots)}
    <p class="legend">${renderKey('kept', 'verified')} ${renderKey('doubtful', 'not verified')} ${renderKey('leaving', 'the next cleanup removes it')}</p>
    ${renderHeldTable(held)}
    ${renderNames(`${countOf(unreadable.length, 'file')} cannot be read`, unreadable)}
  </div>`;
}

/** More names than these tell nobody anything. */
const mostNames = 5;

function renderNames(what: string, names: readonly string[]): Content {
  if (names.length === 0) return null;
  const rest = names.length - mostNames;
  return html`<p class="note">${what}: ${names.slice(0, mostNames).map((name) => html`<code>${name}</code> `)}${rest > 0 ? `and ${rest} more` : null}</p>`;
}

function renderKey(state: MarkState, meaning: string): Markup {
  return html`<span><i class="key ${state}"></i>${meaning}</span>`;
}

function drawLanes(held: readonly HeldSnapshots[], snapshots: readonly ReportSnapshot[]): Markup {
  const dated = snapshots.flatMap((snapshot) =>
    snapshot.created === null ? [] : [{ ...snapshot, created: snapshot.created }],
  );
  const lanes = held.map(({ kind, count, oldest, newest }): Lane => {
    const marks = dated.filter(({ kinds }) => kinds.includes(kind));
    return {
      name: kindNames[kind],
      marks: marks.map((snapshot) => ({
        at: snapshot.created,
        state: stateOf(snapshot),
        title: `${snapshot.name}, ${formatInstant(snapshot.created)}`,
      })),
      alternative: `${kindNames[kind]}: ${countOf(count, 'snapshot')} from ${formatInstant(oldest)} to ${formatInstant(newest)}`,
    };
  });
  return lanePlot(lanes, rangeOf(dated.map(({ created }) => created)));
}

function stateOf({ removedNext, verified }: ReportSnapshot): MarkState {
  if (removedNext) return 'leaving';
  return verified === null ? 'doubtful' : 'kept';
}

const explanations: Readonly<Partial<Record<SnapshotKind, string>>> = {
  manual: 'no tier',
  safety: 'saved before a restore',
};

function renderHeldTable(held: readonly HeldSnapshots[]): Markup {
  return html`<table class="figures" role="table">
    <caption>What is held of each kind. A snapshot that serves several tiers counts in each.</caption>
    <thead><tr role="row"><th scope="col">Kind</th><th scope="col" class="number">Held</th><th scope="col" class="number">Verified</th><th scope="col" class="number">Size</th><th scope="col">Oldest</th><th scope="col">Newest</th></tr></thead>
    <tbody>${held.map(
      ({ kind, count, verified, bytes, oldest, newest }) => html`<tr role="row">
      <th scope="row">${kindNames[kind]} <small>${explanations[kind] ?? null}</small></th>
      ${cell('Held', formatCount(count))}${cell('Verified', formatCount(verified))}${cell('Size', formatBytes(bytes))}
      <td role="cell" data-name="Oldest">${oldest.slice(0, 10)}</td><td role="cell" data-name="Newest">${newest.slice(0, 10)}</td>
    </tr>`,
    )}</tbody>
  </table>`;
}

function cell(name: string, value: string): Markup {
  return html`<td role="cell" class="number" data-name="${name}">${value}</td>`;
}

function renderGrowth({ snapshots, unread }: ReportHistory): Content {
  if (snapshots.length === 0 && unread.length === 0) return null;
  const points = snapshots.map(({ created, bytes, rows }) => ({ at: created, bytes, rows }));
  return [
    html`<div class="pair">
      ${renderTotal(
        'Size of a backup',
        formatBytes,
        points.map(({ at, bytes: value }) => ({ at, value })),
      )}
      ${renderTotal(
        'Rows in a backup',
        formatCount,
        points.map(({ at, rows: value }) => ({ at, value })),
      )}
    </div>`,
    renderSnapshotTable(snapshots),
    renderNames(`${countOf(unread.length, 'backup')} could not be read for these plots`, unread),
  ];
}

function renderTotal(
  title: string,
  format: (value: number) => string,
  points: readonly { readonly at: string; readonly value: number }[],
): Content {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  const [from, to] = [first.at.slice(0, 10), last.at.slice(0, 10)];
  const change = points.length < 2 ? null : formatChange(first.value, last.value);
  const alternative = `${title} over time: ${format(first.value)} on ${from}, ${format(last.value)} on ${to}`;
  return html`<figure class="card">
    <figcaption><h3>${title}</h3><b>${format(last.value)}</b>${change === null ? null : html` <span class="muted">${change} since ${from}</span>`}</figcaption>
    ${points.length < 2 ? null : linePlot({ points, range: rangeOf(points.map(({ at }) => at)), format, alternative })}
  </figure>`;
}

function renderSnapshotTable(snapshots: ReportHistory['snapshots']): Markup {
  return html`<details><summary>The figures of ${countOf(snapshots.length, 'backup')}</summary>
    <table class="figures" role="table">
      <thead><tr role="row"><th scope="col">Backup</th><th scope="col">Taken</th><th scope="col" class="number">Rows</th><th scope="col" class="number">Size</th></tr></thead>
      <tbody>${[...snapshots].reverse().map(
        ({ name, created, rows, bytes }) => html`<tr role="row">
        <th scope="row">${name}</th><td role="cell" data-name="Taken">${formatInstant(created)}</td>${cell('Rows', formatCount(rows))}${cell('Size', formatBytes(bytes))}
      </tr>`,
      )}</tbody>
    </table>
  </details>`;
}
