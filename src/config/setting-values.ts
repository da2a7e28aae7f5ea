/** A value, or the reason why the text is none: `expected a whole number from 1 to 9, found 'fast'`. */
export type Parsed<T> = { readonly value: T } | { readonly reason: string };

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

export function parseBoolean(text: string): Parsed<boolean> {
  const value = booleans.get(text.trim().toLowerCase());
  return value === undefined ? unexpected('true or false', text) : { value };
}

/** A parser of whole numbers within bounds, both included. */
export function wholeNumber(min: number, max: number): (text: string) => Parsed<number> {
  return (text) => {
    const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    const isInside = value >= min && value <= max;
    return isInside ? { value } : unexpected(`a whole number from ${min} to ${max}`, text);
  };
}

const byteUnits: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
  ['tib', 2 ** 40],
]);

/** `500MB`, `1.5 GiB`, or a plain count of bytes. */
export function parseBytes(text: string): Parsed<number> {
  const value = parseQuantity(text, byteUnits);
  return value !== null && value >= 1
    ? { value: Math.round(value) }
    : unexpected('a size such as 500MB, 2GB or a number of bytes', text);
}

const timeUnits: ReadonlyMap<string, number> = new Map([
  ['', 1000],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
]);

const longestMs = 24 * 3_600_000;

/** `30s`, `500ms`, `2m`, or a plain number of seconds; in milliseconds, at most a day. */
export function parseDuration(text: string): Parsed<number> {
  const value = parseQuantity(text, timeUnits);
  return value !== null && value <= longestMs
    ? { value: Math.round(value) }
    : unexpected('a time such as 30s, 500ms, 2m or a number of seconds, at most 24h', text);
}

const spanUnits: ReadonlyMap<string, number> = new Map([
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** `26h`, `3d`: at least a minute, at most a year. */
export function parseTimeSpan(text: string): Parsed<number> {
  const value = parseQuantity(text, spanUnits);
  return value !== null && value >= 60_000 && value <= 366 * 86_400_000
    ? { value: Math.round(value) }
    : unexpected('a time such as 26h, 3d or 90m, at most 366d', text);
}

/** Takes what `parse` can read, or `off`, which is null. */
export function orOff<T>(parse: (text: string) => T | null, example: string) {
  return (text: string): Parsed<{ readonly time: T | null }> => {
    if (text.trim().toLowerCase() === 'off') return { value: { time: null } };
    const time = parse(text);
    return time === null ? unexpected(`${example}, or off`, text) : { value: { time } };
  };
}

/** An IANA time zone that this Node knows. */
export function parseTimeZone(text: string): Parsed<string> {
  try {
    return { value: new Intl.DateTimeFormat('en-US', { timeZone: text.trim() }).resolvedOptions().timeZone };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return unexpected('a time zone such as UTC or Europe/Berlin', text);
  }
}

function parseQuantity(text: string, units: ReadonlyMap<string, number>): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const unit = match === null ? undefined : units.get(match[2]!.toLowerCase());
  return match === null || unit === undefined ? null : Number(match[1]) * unit;
}

const recipientPattern = /^age1[ac-hj-np-z02-9]{58}$/;

/** One or more age recipients with commas or spaces between them. What stands there may be a key, so it is not repeated. */
export function parseRecipients(text: string): Parsed<readonly string[]> {
  const value = text.split(/[\s,]+/).filter((part) => part !== '');
  if (value.length > 0 && value.every((part) => recipientPattern.test(part))) return { value };
  if (/AGE-SECRET-KEY-/i.test(text)) {
    return {
      reason: 'expected an age recipient, found a secret key; holdfast keys show prints its recipient',
    };
  }
  return { reason: 'expected one or more age recipients (age1 and 58 letters and digits)' };
}

function unexpected(expected: string, found: string): { readonly reason: string } {
  return { reason: `expected ${expected}, found '${found}'` };
}
