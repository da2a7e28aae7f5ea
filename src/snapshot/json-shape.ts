import { AppError } from '../errors.ts';

/**
 * Reads of parsed JSON that came out of a file: each returns the value when it has the expected shape and throws
 * SNAPSHOT.CONTENT, naming the place, when it has not. Only fields that are asked for are ever touched.
 */

export type JsonObject = Readonly<Record<string, unknown>>;

export function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('SNAPSHOT.CONTENT', `The ${place} is not valid JSON`, { cause });
  }
}

export function asObject(value: unknown, place: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(place, 'an object');
  return value as JsonObject;
}

/** The object's own field, never one of its prototype. */
export function field(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

export function asArray(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(place, 'a list');
  return value;
}

export function asString(value: unknown, place: string): string {
  if (typeof value !== 'string') throw wrong(place, 'a text');
  return value;
}

export function asBoolean(value: unknown, place: string): boolean {
  if (typeof value !== 'boolean') throw wrong(place, 'true or false');
  return value;
}

/** A whole number from 0 to 2^53 − 1. */
export function asCount(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw wrong(place, 'a count');
  return value;
}

/** UTC, ISO 8601 with milliseconds, as `Date` prints it. */
export function asInstant(value: unknown, place: string): string {
  const text = asString(value, place);
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== text) throw wrong(place, 'a time in UTC');
  return text;
}

export function asSha256(value: unknown, place: string): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) throw wrong(place, 'a SHA-256');
  return value;
}

export function asOneOf<T extends string>(value: unknown, allowed: readonly T[], place: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw wrong(place, `one of ${allowed.join(', ')}`);
  return found;
}

export function asNull(value: unknown, place: string): null {
  if (value !== null) throw wrong(place, 'null');
  return null;
}

export function asNullable<T>(
  value: unknown,
  read: (value: unknown, place: string) => T,
  place: string,
): T | null {
  return value === null ? null : read(value, place);
}

export function asList<T>(value: unknown, read: (value: unknown, place: string) => T, place: string): T[] {
  return asArray(value, place).map((item, index) => read(item, `${place}[${index}]`));
}

function wrong(place: string, expected: string): AppError {
  return new AppError('SNAPSHOT.CONTENT', `The ${place} is not ${expected}`);
}
