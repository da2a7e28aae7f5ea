import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { makeRows } from '../../bench/data/rows.ts';
import { type IdKind, sizesOf, tables } from '../../bench/data/tables.ts';

const sizes = sizesOf(2_000);

function digestRows(idKind: IdKind): string {
  const hash = createHash('sha256');
  for (const table of tables) {
    for (const row of makeRows(table, sizes, idKind)) hash.update(JSON.stringify(row));
  }
  return hash.digest('hex').slice(0, 16);
}

it('makes the same rows on every run and every machine', () => {
  expect([digestRows('bigint'), digestRows('cuid')]).toEqual(['c9ee644d0b5f50f8', '1c323fb214ead640']);
});

it('makes ten orders to a customer and wide rows of forty columns', () => {
  const rowsOf = tables.map((table) => [...makeRows(table, sizes, 'bigint')]);
  expect(rowsOf.map((rows) => [rows.length, rows[0]!.length])).toEqual([
    [200, 4],
    [2_000, 10],
    [100, 40],
  ]);
});

it('gives every order an id of its own and a customer that exists', () => {
  const [customers, orders] = tables.map((table) => [...makeRows(table, sizes, 'cuid')]);
  const customerIds = new Set(customers!.map(([id]) => id));
  expect(new Set(orders!.map(([id]) => id)).size).toBe(sizes.orders);
  expect(orders!.filter((order) => !customerIds.has(order[2]!))).toEqual([]);
  expect(String(orders![0]![0])).toMatch(/^c[0-9a-z]{24}$/);
});
