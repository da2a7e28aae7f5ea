import { readDigits, two32, writeInt64 } from './binary-numbers.ts';
import type { CellRoom } from './cell-room.ts';

const minus = 0x2d;
const point = 0x2e;
const colon = 0x3a;

/** Seconds times this are safe integers, and that times 64 microseconds, which need not be. */
const stepsPerSecond = 15_625;
const microsPerStep = 64;
/** Days from 0000-03-01 to 2000-01-01, where PostgreSQL counts from. */
const epochDays = 730_425;

/** Days since 2000-01-01 of `YYYY-MM-DD` at `at`; NaN for all else. */
function readDate(input: Buffer, at: number): number {
  if (input[at + 4] !== minus || input[at + 7] !== minus) return Number.NaN;
  const year = readDigits(input, at, at + 4);
  const month = readDigits(input, at + 5, at + 7);
  const day = readDigits(input, at + 8, at + 10);
  if (!(year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month))) return Number.NaN;
  // Years that begin in March have their odd day at the end.
  const shifted = month > 2 ? year : year - 1;
  const monthDays = Math.floor((153 * ((month + 9) % 12) + 2) / 5);
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leapDays + monthDays + day - 1 - epochDays;
}

function daysOf(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

export function writeDate({ view }: CellRoom, at: number, input: Buffer, start: number, end: number): number {
  const days = readDate(input, start + 1);
  if (end - start !== 12 || Number.isNaN(days)) return -1;
  view.setInt32(at, days);
  return at + 4;
}

/** Seconds of the day of `HH:MM:SS` at `at`; NaN for all else. */
function readSeconds(input: Buffer, at: number): number {
  if (input[at + 2] !== colon || input[at + 5] !== colon) return Number.NaN;
  const hours = readDigits(input, at, at + 2);
  const minutes = readDigits(input, at + 3, at + 5);
  const seconds = readDigits(input, at + 6, at + 8);
  return hours < 24 && minutes < 60 && seconds < 60 ? hours * 3600 + minutes * 60 + seconds : Number.NaN;
}

/** Microseconds of `.ffffff` with one to six digits that fills `[start, end)`, 0 where that is empty; NaN for all else. */
function readMicros(input: Buffer, start: number, end: number): number {
  if (start === end) return 0;
  const digits = end - start - 1;
  if (input[start] !== point || digits < 1 || digits > 6) return Number.NaN;
  return readDigits(input, start + 1, end) * 10 ** (6 - digits);
}

export function writeTime({ view }: CellRoom, at: number, input: Buffer, start: number, end: number): number {
  if (end - start < 10) return -1;
  const value = readSeconds(input, start + 1) * 1_000_000 + readMicros(input, start + 9, end - 1);
  return Number.isNaN(value) ? -1 : writeInt64(view, at, Math.floor(value / two32), value);
}

/** @param zone what stands behind the time in every text of the type, as the session's time zone is UTC */
export function writeTimestamp(
  zone: string,
  { view }: CellRoom,
  at: number,
  input: Buffer,
  start: number,
  end: number,
): number {
  const last = end - 1 - zone.length;
  if (last - start < 20 || input[start + 11] !== 0x20) return -1;
  for (let i = 0; i < zone.length; i++) if (input[last + i] !== zone.charCodeAt(i)) return -1;
  const seconds = readDate(input, start + 1) * 86_400 + readSeconds(input, start + 12);
  const micros = readMicros(input, start + 20, last);
  if (Number.isNaN(seconds + micros)) return -1;
  // Microseconds themselves are no safe integers beyond 285 years.
  const steps = seconds * stepsPerSecond;
  const high = Math.floor(steps / (two32 / microsPerStep));
  const low = (steps - high * (two32 / microsPerStep)) * microsPerStep + micros;
  return low < two32 ? writeInt64(view, at, high, low) : writeInt64(view, at, high + 1, low - two32);
}
