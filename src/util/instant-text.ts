/** Beyond every date that a database can hold. */
export const endOfTime = 2n ** 63n - 1n;
export const beginningOfTime = -(2n ** 63n);

const pattern =
  /^(?:(-?\d{4,6})-(\d\d)-(\d\d))?(?:[T ]?(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)? ?(Z|UTC|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?( BC)?$/;

/**
 * The instant that a database's text of a date, a time or both states, in microseconds since 1970 in UTC; without a
 * zone it is UTC, without a date it is on 1970-01-01. `infinity` and dates that do not exist, such as 0000-00-00, are
 * beyond all others. Null when the text is none of these.
 */
export function parseInstantText(text: string): bigint | null {
  const ms = parseUsual(text);
  return ms === null ? parseAny(text) : BigInt(ms) * 1000n;
}

/** `2025-03-04 05:06:07.008`, with T or a blank, and UTC or nothing behind it. */
const usualEnd = /^(?:\.(\d{3}))?(?:Z|\+00(?::00)?)?$/;

/** Nearly every instant, in milliseconds and read quickly; null for anything else. */
function parseUsual(text: string): number | null {
  if (text.length < 19 || text[4] !== '-' || text[10] === '-' || text[13] !== ':' || text[16] !== ':')
    return null;
  const year = digitsAt(text, 0, 4);
  const month = digitsAt(text, 5, 2);
  const day = digitsAt(text, 8, 2);
  const seconds = (digitsAt(text, 11, 2) * 60 + digitsAt(text, 14, 2)) * 60 + digitsAt(text, 17, 2);
  const isPlain = year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 28 && seconds < 86_400;
  if (!isPlain || text[7] !== '-' || (text[10] !== ' ' && text[10] !== 'T')) return null;
  const end = usualEnd.exec(text.length === 19 ? '' : text.slice(19));
  return end === null ? null : Date.UTC(year, month - 1, day) + seconds * 1000 + Number(end[1] ?? 0);
}

/** The number in some digits; NaN, which is within no bounds, where they are none. */
function digitsAt(text: string, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function parseAny(text: string): bigint | null {
  if (text === 'infinity') return endOfTime;
  if (text === '-infinity') return beginningOfTime;
  const match = pattern.exec(text);
  if (match === null || text.length < 5) return null;
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone] =
    match;
  if (month === '00' || day === '00') return beginningOfTime;
  const date = new Date(0);
  date.setUTCFullYear(yearOf(year, match[9] !== undefined), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  if (year !== undefined && date.getUTCMonth() !== Number(month) - 1 && hour !== '24') return null;
  const micros = BigInt(fraction.padEnd(6, '0').slice(0, 6));
  return BigInt(date.getTime() - zoneMs(zone)) * 1000n + micros;
}

function yearOf(year: string | undefined, isBeforeChrist: boolean): number {
  if (year === undefined) return 1970;
  return isBeforeChrist ? 1 - Number(year) : Number(year);
}

function zoneMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'UTC') return 0;
  const digits = zone.slice(1).replaceAll(':', '');
  const [hours, minutes, seconds] = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6)].map(Number);
  const ms = ((hours! * 60 + minutes!) * 60 + seconds!) * 1000;
  return zone.startsWith('-') ? -ms : ms;
}
