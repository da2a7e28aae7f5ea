/** Beyond it whole numbers are no longer exact as a double. */
const maxDigits = 15;
const maxScale = 22;

/**
 * A real as SQL that every SQLite reads to the bit. Versions before 3.42 round a decimal twice where the processor has
 * wider registers, and may miss the nearest double by one; where that could happen, the value is written as a quotient
 * of whole numbers, which is exact.
 *
 * @param token a JSON number with `.` or `e`
 */
export function realLiteral(token: string): string {
  const value = Number(token);
  const match = /^-?(\d+)\.(\d+)$/.exec(token);
  if (match !== null) {
    const digits = (match[1]! + match[2]!).replace(/^0+/, '').replace(/0+$/, '');
    if (digits.length <= maxDigits && match[2]!.length <= maxScale && isReadAlike(value, match[2]!))
      return token;
  }
  return quotientOf(value);
}

/** Whether the digits over a power of ten come out the same when they are rounded to 64 bits first. */
function isReadAlike(value: number, fraction: string): boolean {
  const places = fraction.replace(/0+$/, '').length;
  if (places === 0) return true;
  const scale = 10n ** BigInt(places);
  const whole = BigInt(Math.round(Math.abs(value) * Number(scale)));
  if (whole > 2n ** 53n || Number(whole) / Number(scale) !== Math.abs(value)) return false;
  return !isBetween(whole, scale);
}

/** Whether the quotient, cut to 64 bits, lies within a unit of half way between two doubles. */
function isBetween(whole: bigint, scale: bigint): boolean {
  const shift = BigInt(64 + bitsOf(scale) - bitsOf(whole) + 1);
  const quotient = (whole << shift) / scale;
  const mantissa = quotient >> BigInt(bitsOf(quotient) - 64);
  const rest = mantissa & 0x7ffn;
  return rest >= 0x3ffn && rest <= 0x401n;
}

function bitsOf(number: bigint): number {
  return number.toString(2).length;
}

const step = 2n ** 62n;

/** `3602879701896397.0/36028797018963968.0`: both exact, and so is what a power of two makes of it. */
function quotientOf(value: number): string {
  const sign = value < 0 ? '-' : '';
  const { mantissa, exponent } = partsOf(Math.abs(value));
  let text = `${sign}${mantissa}.0`;
  const operator = exponent < 0 ? '/' : '*';
  for (let left = Math.abs(exponent); left > 0; left -= 62) {
    text += `${operator}${left >= 62 ? step : 2n ** BigInt(left)}.0`;
  }
  return exponent === 0 ? text : `(${text})`;
}

/** `mantissa * 2 ** exponent`, the mantissa whole and as small as it can be. */
function partsOf(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const raw = Number(bits >> 52n);
  let mantissa = (bits & 0xfffffffffffffn) | (raw === 0 ? 0n : 1n << 52n);
  let exponent = (raw === 0 ? 1 : raw) - 1075;
  while (mantissa !== 0n && (mantissa & 1n) === 0n) {
    mantissa >>= 1n;
    exponent++;
  }
  return mantissa === 0n ? { mantissa, exponent: 0 } : { mantissa, exponent };
}
