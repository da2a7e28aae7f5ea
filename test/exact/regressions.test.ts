import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bench, Script } from '../support/exact/bench.ts';
import { proveRoundTrip } from '../support/exact/round-trip.ts';
import { exactSqlite } from '../support/exact/sqlite-bench.ts';

function script(create: readonly string[], fill: readonly string[], damage: readonly string[]): Script {
  return { create, fill, finish: [], damage, wipe: [], probes: [], canCreateSchema: true, schemas: [] };
}

/** What generated databases have found, each as small as it became. */
const found: readonly { readonly title: string; readonly script: Script }[] = [
  {
    title: 'two tables with texts that might be numbers',
    script: script(
      ['CREATE TABLE a (v DECIMAL)', 'CREATE TABLE b (v BOOLEAN)'],
      [`INSERT INTO a VALUES (char(9))`, `INSERT INTO b VALUES (' 1e'), ('-36893488147419103231')`],
      ['DELETE FROM a', 'DELETE FROM b'],
    ),
  },
  {
    title: 'a number that points to a text which only looks equal',
    script: script(
      ['CREATE TABLE a (id TEXT PRIMARY KEY, parent REAL REFERENCES a (id))'],
      [`INSERT INTO a VALUES ('0', 0.0)`],
      ['UPDATE a SET id = 5'],
    ),
  },
];

describe('SQLite databases that once did not come back', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await exactSqlite.open();
  });
  afterAll(() => bench.close());

  it.each(found)('come back: $title', async ({ script: one }) => {
    expect(await proveRoundTrip(bench, one)).toBeGreaterThan(0);
  });
});
