/** An exact decimal number: `digits` / 10^`scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const pattern = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?\s*$/;

/** The number that a text states; null when it states none. */
export function parseDecimal(text: string): Decimal | null {
  return parsePlain(text) ?? parseAny(text);
}

/** Digits with a point at most: nearly every number, and read without a pattern. Null for anything else. */
function parsePlain(text: string): Decimal | null {
  const { length } = text;
  let point = -1;
  for (let at = text.startsWith('-') ? 1 : 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) continue;
    if (code !== 0x2e || point >= 0 || at === 0) return null;
    point = at;
  }
  if (length === 0 || point === length - 1 || text === '-') return null;
  if (point < 0) return { digits: BigInt(text), scale: 0 };
  const digits = text.slice(0, point) + text.slice(point + 1);
  return digits === '-' ? null : { digits: BigInt(digits), scale: length - point - 1 };
}

function parseAny(text: string): Decimal | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return null;
  const digits = BigInt(whole + fraction);
  const scale = fraction.length - Number(exponent);
  const signed = sign === '-' ? -digits : digits;
  return scale >= 0 ? { digits: signed, scale } : { digits: signed * 10n ** BigInt(-scale), scale: 0 };
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: digitsAt(a, scale) + digitsAt(b, scale), scale };
}

export function negateDecimal({ digits, scale }: Decimal): Decimal {
  return { digits: -digits, scale };
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale };
}

/** Negative, 0 or positive. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const [left, right] = [digitsAt(a, scale), digitsAt(b, scale)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** One text for each number: without leading and trailing zeros, exponent or plus sign. */
export function formatDecimal({ digits, scale }: Decimal): string {
  const isNegative = digits < 0n;
  const text = String(isNegative ? -digits : digits).padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  const plain = fraction === '' ? whole : `${whole}.${fraction}`;
  return isNegative ? `-${plain}` : plain;
}

function digitsAt({ digits, scale }: Decimal, wanted: number): bigint {
  return scale === wanted ? digits : digits * 10n ** BigInt(wanted - scale);
}
