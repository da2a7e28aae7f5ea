export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Marks from zero to a round number that is not below the highest value, at most five steps. */
export function ticksFromZero(highest: number, format: (value: number) => string): readonly Tick[] {
  const step = roundStep(Math.max(highest, 1) / 4);
  const count = Math.max(1, Math.ceil(highest / step));
  return Array.from({ length: count + 1 }, (_, index) => ({
    value: index * step,
    label: format(index * step),
  }));
}

/** 1, 2 or 5 times a power of ten, never a part of one: rows and bytes are whole. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  const factor = [1, 2, 5, 10].find((one) => one * power >= least) ?? 10;
  return factor * power;
}

export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The instants in the order of time, as a range that has a length also where there is only one. */
export function rangeOf(instants: readonly string[]): TimeRange {
  const times = instants.map((instant) => Date.parse(instant));
  const [from, to] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
  return to - from >= hourMs ? { from, to } : { from: from - 3 * dayMs, to: to + 3 * dayMs };
}

/** Where an instant stands in the range, from 0 to 100. */
export function positionIn({ from, to }: TimeRange, instant: number): number {
  return ((instant - from) / (to - from)) * 100;
}

const mostTicks = 8;

/** Round instants within the range, in UTC. */
export function timeTicks(range: TimeRange): readonly Tick[] {
  const lengthMs = range.to - range.from;
  const days = [1, 2, 7, 14].find((one) => lengthMs / (one * dayMs) <= mostTicks);
  if (lengthMs <= 2 * dayMs) return hourTicks(range);
  return days === undefined ? monthTicks(range) : dayTicks(range, days * dayMs);
}

function hourTicks({ from, to }: TimeRange): readonly Tick[] {
  const step = [1, 3, 6, 12].find((hours) => (to - from) / (hours * hourMs) <= mostTicks)! * hourMs;
  return multiples({ from, to }, step).map((value) => ({ value, label: hourLabel(value) }));
}

function hourLabel(value: number): string {
  return value % dayMs === 0 ? dayLabel(value) : `${new Date(value).toISOString().slice(11, 16)}`;
}

function dayTicks(range: TimeRange, step: number): readonly Tick[] {
  return multiples(range, step).map((value) => ({ value, label: dayLabel(value) }));
}

function multiples({ from, to }: TimeRange, step: number): readonly number[] {
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, index) => first + index * step);
}

/** The first day of every month, third month, half-year or so many years. */
function monthTicks({ from, to }: TimeRange): readonly Tick[] {
  const first = monthOf(from) + 1;
  const last = monthOf(to);
  const step =
    [1, 2, 3, 6, 12, 24, 60, 120].find((months) => (last - first) / months < mostTicks) ?? last - first;
  const start = Math.ceil(first / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((last - start) / step) + 1) }, (_, index) =>
    monthTick(start + index * step, index === 0),
  );
}

/** Months since the year 0. */
function monthOf(instant: number): number {
  const date = new Date(instant);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** The first one says its year, and each January. */
function monthTick(month: number, isFirst: boolean): Tick {
  const [year, index] = [Math.floor(month / 12), month % 12];
  const name = isFirst ? `${months[index]!} ${year}` : months[index]!;
  return { value: Date.UTC(year, index), label: index === 0 ? String(year) : name };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `3 Nov`. */
function dayLabel(instant: number): string {
  const date = new Date(instant);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]!}`;
}
