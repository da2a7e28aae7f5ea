import { performance } from 'node:perf_hooks';
import {
  addDecimals,
  compareDecimals,
  type Decimal,
  formatDecimal,
  multiplyDecimals,
  negateDecimal,
  parseDecimal,
} from '../../util/decimal.ts';
import { parseInstantText } from '../../util/instant-text.ts';
import type { Handle } from './connection.ts';

/** The time that a query has. */
export interface QueryClock {
  /** As `performance.now()` counts. */
  deadline: number;
}

/** Thrown within a query whose time is over; SQLite ends the statement and hands it on. */
export class TimeIsOver extends Error {}

type Value = bigint | number | string | Buffer | null;

const [lowest, highest] = [-(2n ** 63n), 2n ** 63n - 1n];
/** Looking at the clock takes longer than most functions. */
const callsPerLook = 256;
const clocks = new WeakMap<Handle, QueryClock>();

/**
 * Gives a connection what SQLite lacks: exact arithmetic on decimals, instants in all the forms in which applications
 * store them, letters beyond ASCII in lower case, and a look at the clock from within a query. Reals count as the
 * shortest decimal that reads back to them.
 */
export function addCheckFunctions(handle: Handle): QueryClock {
  const known = clocks.get(handle);
  if (known !== undefined) return known;
  const clock: QueryClock = { deadline: Number.POSITIVE_INFINITY };
  clocks.set(handle, clock);
  let calls = 0;
  const tick = (): void => {
    if (++calls % callsPerLook === 0 && performance.now() > clock.deadline)
      throw new TimeIsOver('the time of the query is over');
  };
  const options = { deterministic: true, safeIntegers: true, directOnly: true } as const;
  const addOne = (name: string, body: (value: Value) => unknown): void => {
    handle.function(name, options, ((value: Value) => {
      tick();
      return body(value);
    }) as never);
  };
  const addTwo = (name: string, body: (a: Value, b: Value) => unknown): void => {
    handle.function(name, options, ((a: Value, b: Value) => {
      tick();
      return body(a, b);
    }) as never);
  };
  addTwo('hf_compare', (a, b) => compareValues(a, b));
  addTwo('hf_add', (a, b) => combine(a, b, addDecimals));
  addTwo('hf_subtract', (a, b) => combine(a, b, (x, y) => addDecimals(x, negateDecimal(y))));
  addTwo('hf_multiply', (a, b) => combine(a, b, multiplyDecimals));
  addTwo('hf_distance', (a, b) => combine(a, b, distanceOf));
  addOne('hf_number', (value) => {
    const number = toDecimal(value);
    return number === null ? value : fromDecimal(number);
  });
  addOne('hf_is_number', (value) => (toDecimal(value) === null ? 0n : 1n));
  // Both bounds of a range ask for the same text, one after the other.
  let last: { readonly text: string; readonly instant: bigint | null } = { text: '', instant: null };
  addOne('hf_instant', (value) => {
    if (typeof value !== 'string') return toInstant(value);
    if (value !== last.text) last = { text: value, instant: parseInstantText(value) };
    return last.instant;
  });
  addOne('hf_fold', (value) => (typeof value === 'string' ? value.normalize('NFC').toLowerCase() : value));
  handle.function('hf_tick', { safeIntegers: true, directOnly: true }, () => {
    if (performance.now() > clock.deadline) throw new TimeIsOver('the time of the query is over');
    return 1n;
  });
  addAggregates(handle);
  return clock;
}

function addAggregates(handle: Handle): void {
  const options = { deterministic: true, safeIntegers: true, directOnly: true } as const;
  handle.aggregate('hf_sum', {
    ...options,
    start: null,
    step: (total: Decimal | null, value: Value) => {
      const number = toDecimal(value);
      if (number === null) return total;
      return total === null ? number : addDecimals(total, number);
    },
    result: (total: Decimal | null) => (total === null ? null : fromDecimal(total)),
  } as never);
  for (const [name, wanted] of [['hf_min', -1] as const, ['hf_max', 1] as const]) {
    handle.aggregate(name, {
      ...options,
      start: null,
      step: (best: Decimal | null, value: Value) => {
        const number = toDecimal(value);
        if (number === null) return best;
        return best === null || compareDecimals(number, best) === wanted ? number : best;
      },
      result: (best: Decimal | null) => (best === null ? null : fromDecimal(best)),
    } as never);
  }
}

function compareValues(a: Value, b: Value): bigint | null {
  if (typeof a === 'bigint' && typeof b === 'bigint') return BigInt(Number(a > b) - Number(a < b));
  const [left, right] = [toDecimal(a), toDecimal(b)];
  return left === null || right === null ? null : BigInt(compareDecimals(left, right));
}

function combine(a: Value, b: Value, work: (a: Decimal, b: Decimal) => Decimal): bigint | string | null {
  const [left, right] = [toDecimal(a), toDecimal(b)];
  return left === null || right === null ? null : fromDecimal(work(left, right));
}

function distanceOf(a: Decimal, b: Decimal): Decimal {
  const difference = addDecimals(a, negateDecimal(b));
  return difference.digits < 0n ? negateDecimal(difference) : difference;
}

function toDecimal(value: Value): Decimal | null {
  if (typeof value === 'bigint') return { digits: value, scale: 0 };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { digits: BigInt(value), scale: 0 } : parseDecimal(String(value));
  }
  return typeof value === 'string' ? parseDecimal(value) : null;
}

/** One stored value for each number. */
function fromDecimal(number: Decimal): bigint | string {
  const { digits, scale } = number;
  if (scale === 0 && digits >= lowest && digits <= highest) return digits;
  const text = formatDecimal(number);
  if (text.includes('.') || text.length > 19) return text;
  return BigInt(text);
}

/** Prisma stores instants as text, or as milliseconds. */
function toInstant(value: Exclude<Value, string>): bigint | null {
  if (typeof value === 'number' && Number.isFinite(value)) return clamp(BigInt(Math.round(value * 1000)));
  return typeof value === 'bigint' ? clamp(value * 1000n) : null;
}

function clamp(value: bigint): bigint {
  if (value > highest) return highest;
  return value < lowest ? lowest : value;
}
