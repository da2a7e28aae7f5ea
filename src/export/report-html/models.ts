import { formatBytes, formatCount } from '../../util/bytes.ts';
import type { ReportHistory, TableHistory } from '../report.ts';
import { html, type Markup } from './html.ts';
import { smallPlot } from './plot.ts';
import { rangeOf, type TimeRange } from './scale.ts';
import { formatChange } from './words.ts';

/** Rows and bytes of each model over the last backups. */
export function renderModels({ snapshots, tables }: ReportHistory): Markup {
  const [first, last] = [snapshots[0], snapshots.at(-1)];
  if (first === undefined || last === undefined || tables.length === 0) {
    return html`<section id="models"><h2>The models</h2><p class="card empty">There is no backup to take figures from.</p></section>`;
  }
  const [from, to] = [first.created.slice(0, 10), last.created.slice(0, 10)];
  const times = snapshots.map(({ created }) => created);
  const range = rangeOf(times);
  const period = from === to ? `on ${to}` : `from ${from} to ${to}`;
  return html`<section id="models">
    <h2>The models</h2>
    <p class="lead">${explain(snapshots.length, period)}</p>
    <table class="models card" role="table">
      <thead role="rowgroup"><tr role="row">
        <th scope="col" role="columnheader">Model</th>
        <th scope="col" role="columnheader">Rows <small>${period}</small></th>
        <th scope="col" role="columnheader">Size <small>${period}</small></th>
      </tr></thead>
      <tbody role="rowgroup">${tables.map((table) => renderModel(table, { times, range }))}</tbody>
    </table>
  </section>`;
}

function explain(backups: number, period: string): string {
  const size = 'the largest first; sizes are those of the rows as text';
  if (backups === 1) return `Rows and size of each model in the only backup, ${period}, ${size}.`;
  return `Rows and size of each model in the last ${backups} backups, ${period}, ${size}. Each plot goes from zero to its own highest value.`;
}

function renderModel(
  { table, model, rows, bytes }: TableHistory,
  axis: { readonly times: readonly string[]; readonly range: TimeRange },
): Markup {
  return html`<tr role="row">
    <th scope="row" role="rowheader">${model ?? table}${model === null || model === table ? null : html` <small>${table}</small>`}${model === null ? html` <small>in no model</small>` : null}</th>
    ${renderFigure('Rows', rows, { ...axis, name: model ?? table, format: formatCount })}
    ${renderFigure('Size', bytes, { ...axis, name: model ?? table, format: formatBytes })}
  </tr>`;
}

interface FigureUse {
  readonly name: string;
  readonly times: readonly string[];
  readonly range: TimeRange;
  readonly format: (value: number) => string;
}

function renderFigure(
  title: string,
  values: readonly (number | null)[],
  { name, times, range, format }: FigureUse,
): Markup {
  const known = values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  const [first, last] = [known[0]!, known.at(-1)!];
  const isGone = last.index < values.length - 1;
  const change = known.length < 2 ? null : formatChange(first.value, last.value);
  const since = first.index === 0 ? '' : ` since ${times[first.index]!.slice(0, 10)}`;
  const now = isGone ? `not in backups after ${times[last.index]!.slice(0, 10)}` : format(last.value);
  const alternative = `${title} of ${name}: ${format(first.value)} on ${times[first.index]!.slice(0, 10)}, ${format(last.value)} on ${times[last.index]!.slice(0, 10)}`;
  const points = times.map((at, index) => ({ at, value: values[index] ?? null }));
  return html`<td role="cell" data-name="${title}">
    <div class="figure"><span><b>${now}</b>${change === null || isGone ? null : html` <small class="change">${change}${since}</small>`}</span>
    ${times.length < 2 ? null : smallPlot({ points, range, format, alternative })}</div>
  </td>`;
}
