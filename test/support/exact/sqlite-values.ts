import fc from 'fast-check';
import { bytesArbitrary, doubleArbitrary, extremeTexts, integerArbitrary, textArbitrary } from './texts.ts';

/** A text as a literal. NUL would end a literal. */
export function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Bytes that become a text, valid or not. */
export function rawTextLiteral(bytes: Uint8Array): string {
  return `CAST(X'${Buffer.from(bytes).toString('hex')}' AS TEXT)`;
}

export function realLiteral(value: number): string {
  if (value === Infinity) return '9e999';
  if (value === -Infinity) return '-9e999';
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Bytes that are no UTF-8, or that careless readers take for the end of the text. */
const awkwardBytes = [
  ...[
    '00',
    '610062',
    '000000',
    '80',
    'ff',
    'c080',
    'c1bf',
    'e08080',
    'eda080',
    'edb080',
    'eda080edb080',
    'f4908080',
  ],
  ...[
    'f8888080',
    'e28',
    'e282',
    '61ff62',
    '22ff5c',
    'efbbbf',
    'fffe',
    'feff',
    '00d8',
    'd800',
    '3d d8',
    'efbfbd',
  ],
].map((hex) => Buffer.from(hex.replace(' ', ''), 'hex'));

const literals = {
  integer: integerArbitrary(64).map(String),
  real: doubleArbitrary.map(realLiteral),
  text: fc.oneof(
    { weight: 5, arbitrary: textArbitrary.map(textLiteral) },
    { weight: 2, arbitrary: fc.constantFrom(...awkwardBytes).map(rawTextLiteral) },
    { weight: 1, arbitrary: bytesArbitrary.map(rawTextLiteral) },
    { weight: 1, arbitrary: doubleArbitrary.map((value) => textLiteral(String(value))) },
    { weight: 1, arbitrary: integerArbitrary(66).map((value) => textLiteral(String(value))) },
  ),
  blob: fc.oneof(
    { weight: 3, arbitrary: bytesArbitrary.map((bytes) => `X'${bytes.toString('hex')}'`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...extremeTexts).map((text) => `X'${Buffer.from(text).toString('hex')}'`),
    },
  ),
} as const;

export type StorageClass = keyof typeof literals;

/** Literals of these storage classes, and NULL now and then. */
export function literalArbitrary(classes: readonly StorageClass[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant('NULL') },
    ...classes.map((storage) => ({ weight: 4, arbitrary: literals[storage] })),
  );
}
