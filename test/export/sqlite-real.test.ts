import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { realLiteral } from '../../src/export/sqlite-real.ts';

const samples = 6000;

/** As the snapshot writes a real: the shortest digits, with a point. */
function tokenOf(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** The doubles that the machine's own sqlite3 reads from SQL, by what they differ from the expected ones. */
function readBack(values: readonly number[], literal: (value: number) => string): number {
  const rows = values.map((value, index) => `(${index},${literal(value)})`);
  const sql = `.mode list\nCREATE TABLE r (i INTEGER PRIMARY KEY, v);\nINSERT INTO r VALUES ${rows.join(',\n')};
SELECT ieee754_mantissa(v) || ' ' || ieee754_exponent(v) FROM r ORDER BY i;\n`;
  const lines = execFileSync('sqlite3', ['-bail', ':memory:'], {
    input: sql,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const read = lines
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [mantissa, exponent] = line.split(' ').map(Number);
      return scale(mantissa!, exponent!);
    });
  expect(read).toHaveLength(values.length);
  return values.filter((value, index) => !Object.is(value, read[index])).length;
}

/** In two steps, so that neither power of two is beyond a double. */
function scale(mantissa: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return mantissa * 2 ** half * 2 ** (exponent - half);
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const next = random(7);
const bits = new DataView(new ArrayBuffer(8));
const anyDouble = (): number => {
  bits.setUint32(0, Math.floor(next() * 2 ** 32));
  bits.setUint32(4, Math.floor(next() * 2 ** 32));
  const value = bits.getFloat64(0);
  return Number.isFinite(value) && value !== 0 ? value : 0.1;
};
const price = (): number => Math.round(next() * 10_000_000) / 100;
const long = (): number => Math.round(next() * 1e12) / 1e7;
const values = Array.from({ length: samples }, (_, index) => [anyDouble, price, long][index % 3]!());

it('writes reals that an older SQLite reads to the bit', () => {
  expect(
    readBack([...values, 5e-324, Number.MAX_VALUE, -2.2250738585072014e-308, 1e22, 0.1, 100], (value) =>
      realLiteral(tokenOf(value)),
    ),
  ).toBe(0);
});

it('leaves prices readable', () => {
  const prices = values.filter((_, index) => index % 3 === 1).map(tokenOf);
  const kept = prices.filter((token) => realLiteral(token) === token);
  expect(kept.length / prices.length).toBeGreaterThan(0.99);
});

it('misses some of them with plain decimals: the control', () => {
  expect(readBack(values, tokenOf)).toBeGreaterThan(0);
});
