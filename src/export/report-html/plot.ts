import { formatInstant } from '../../util/time-text.ts';
import { type Content, html, type Markup } from './html.ts';
import { positionIn, type Tick, type TimeRange, ticksFromZero, timeTicks } from './scale.ts';

export interface PlotPoint {
  readonly at: string;
  /** Null where nothing is known: the line is interrupted. */
  readonly value: number | null;
}

export interface LinePlot {
  readonly points: readonly PlotPoint[];
  readonly range: TimeRange;
  readonly format: (value: number) => string;
  /** What it shows, for those who do not see it. */
  readonly alternative: string;
}

/*
 * The drawing is stretched to the width that there is, with strokes that do not scale; labels are text of the page
 * beside it, so that they keep their size from the phone to the printed page.
 */

/** Values over time, from zero, with marks of both axes. Each point names its value when it is pointed at. */
export function linePlot({ points, range, format, alternative }: LinePlot): Markup {
  const ticks = ticksFromZero(highestOf(points), format);
  const top = ticks.at(-1)!.value;
  const times = timeTicks(range);
  const known = points.flatMap(({ at, value }) => (value === null ? [] : [{ at, value }]));
  return html`<div class="plot">
    ${verticalAxis(ticks, top)}
    <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="${alternative}">
      <path class="grid" d="${ticks.map(({ value }) => `M0 ${100 - (value / top) * 100}h100`)}"/>
      <path class="grid" d="${times.map(({ value }) => `M${round(positionIn(range, value))} 0v100`)}"/>
      ${drawLine(points, range, top)}
      ${known.map(
        ({ at, value }) =>
          html`<path class="dot" d="${placeOf({ at, value }, range, top)}h0"><title>${formatInstant(at)}: ${format(value)}</title></path>`,
      )}
    </svg>
    ${timeAxis(times, range)}
  </div>`;
}

/** The same in a line of a table: its highest value is its only mark, and the table says the times. */
export function smallPlot({ points, range, format, alternative }: LinePlot): Markup {
  const top = Math.max(1, highestOf(points));
  const last = points.findLast(({ value }) => value !== null);
  return html`<div class="plot small">
    ${verticalAxis(
      [
        { value: 0, label: format(0) },
        { value: top, label: format(top) },
      ],
      top,
    )}
    <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="${alternative}">
      <path class="grid" d="M0 0h100M0 100h100"/>
      ${drawLine(points, range, top)}
      ${last === undefined ? null : html`<path class="dot" d="${placeOf(last, range, top)}h0"/>`}
    </svg>
  </div>`;
}

export interface Lane {
  readonly name: string;
  readonly marks: readonly { readonly at: string; readonly state: MarkState; readonly title: string }[];
  readonly alternative: string;
}

/** Full height, upper half, lower half: told apart without colours. */
export type MarkState = 'kept' | 'doubtful' | 'leaving';

const markLines: Readonly<Record<MarkState, string>> = {
  kept: 'v100',
  doubtful: 'v45',
  leaving: 'm0 55v45',
};

/** Instants on a common time axis, one lane for each kind. */
export function lanePlot(lanes: readonly Lane[], range: TimeRange): Markup {
  const times = timeTicks(range);
  const grid = times.map(({ value }) => `M${round(positionIn(range, value))} 0v100`);
  return html`<div class="lanes">
    ${lanes.map(
      ({ name, marks, alternative }) => html`<span class="lane-name">${name}</span>
    <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="${alternative}">
      <path class="grid" d="${grid}"/>
      ${marks.map(
        ({ at, state, title }) =>
          html`<path class="mark ${state}" d="M${round(positionIn(range, Date.parse(at)))} 0${markLines[state]}"><title>${title}</title></path>`,
      )}
    </svg>`,
    )}
    ${timeAxis(times, range)}
  </div>`;
}

function highestOf(points: readonly PlotPoint[]): number {
  return points.reduce((highest, { value }) => Math.max(highest, value ?? 0), 0);
}

function drawLine(points: readonly PlotPoint[], range: TimeRange, top: number): Markup {
  const pieces = piecesOf(points).map((piece) => piece.map((point) => placeOf(point, range, top).slice(1)));
  // A point between two gaps is a line without length, which its round end shows.
  const lines = pieces.map((places) => `M${places.join('L')}h0`);
  const areas = pieces.map(
    (places) => `M${xOf(places[0]!)} 100L${places.join('L')}L${xOf(places.at(-1)!)} 100Z`,
  );
  return html`<path class="area" d="${areas}"/><path class="line" d="${lines}"/>`;
}

function xOf(place: string): string {
  return place.split(' ')[0]!;
}

/** Runs of points between those of which nothing is known. */
function piecesOf(points: readonly PlotPoint[]): readonly (readonly PlotPoint[])[] {
  const pieces: PlotPoint[][] = [];
  let isOpen = false;
  for (const point of points) {
    if (point.value === null) isOpen = false;
    else if (isOpen) pieces.at(-1)!.push(point);
    else {
      pieces.push([point]);
      isOpen = true;
    }
  }
  return pieces;
}

function placeOf({ at, value }: PlotPoint, range: TimeRange, top: number): string {
  return `M${round(positionIn(range, Date.parse(at)))} ${round(100 - ((value ?? 0) / top) * 100)}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function verticalAxis(ticks: readonly Tick[], top: number): Content {
  return html`<div class="y-axis" aria-hidden="true">${ticks.map(
    ({ value, label }) => html`<span style="bottom:${round((value / top) * 100)}%">${label}</span>`,
  )}<i>${ticks.reduce((longest, { label }) => (label.length > longest.length ? label : longest), '')}</i></div>`;
}

/** Every second mark is left out where there is little room. */
function timeAxis(times: readonly Tick[], range: TimeRange): Content {
  return html`<div class="x-axis" aria-hidden="true">${times.map(
    ({ value, label }, index) =>
      html`<span${(times.length - 1 - index) % 2 === 1 ? html` class="minor"` : null} style="left:${round(positionIn(range, value))}%">${label}</span>`,
  )}</div>`;
}
