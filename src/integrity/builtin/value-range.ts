import type { PrismaField } from '../../schema/prisma-schema.ts';

/** What a field can hold: numbers between bounds, in decimal digits, or texts up to a length. */
export type ValueRange =
  | { readonly lowest: string; readonly highest: string }
  | { readonly characters: number };

const bigInt = { lowest: String(-(2n ** 63n)), highest: String(2n ** 63n - 1n) };
const int = { lowest: String(-(2 ** 31)), highest: String(2 ** 31 - 1) };

/** The bounds of native types, by the name behind `@db.`. */
const nativeRanges: Readonly<Record<string, ValueRange>> = {
  SmallInt: { lowest: '-32768', highest: '32767' },
  TinyInt: { lowest: '-128', highest: '127' },
  MediumInt: { lowest: '-8388608', highest: '8388607' },
  UnsignedTinyInt: { lowest: '0', highest: '255' },
  UnsignedSmallInt: { lowest: '0', highest: '65535' },
  UnsignedMediumInt: { lowest: '0', highest: '16777215' },
  UnsignedInt: { lowest: '0', highest: '4294967295' },
  UnsignedBigInt: { lowest: '0', highest: bigInt.highest },
  Oid: { lowest: '0', highest: '4294967295' },
  Year: { lowest: '0', highest: '2155' },
};

/** The values that a field can hold by its type; null where the type sets no bounds that a column could overstep. */
export function rangeOf({ kind, type, nativeType, isList }: PrismaField): ValueRange | null {
  if (kind !== 'scalar' || isList) return null;
  const native = /^(\w+)(?:\((\d+)(?:, *(\d+))?\))?$/.exec(nativeType ?? '');
  const [, name = '', first, second] = native ?? [];
  if (type === 'Int') return nativeRanges[name] ?? int;
  if (type === 'BigInt') return nativeRanges[name] ?? bigInt;
  if (type === 'String' && first !== undefined && /^N?(Var)?Char$/.test(name))
    return { characters: Number(first) };
  if (type !== 'Decimal' || first === undefined) return null;
  return decimalRange(Number(first), Number(second ?? 0));
}

function decimalRange(digits: number, scale: number): ValueRange {
  const whole = '9'.repeat(Math.max(0, digits - scale)) || '0';
  const highest = scale > 0 ? `${whole}.${'9'.repeat(scale)}` : whole;
  return { lowest: `-${highest}`, highest };
}
