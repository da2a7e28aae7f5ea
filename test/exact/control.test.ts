import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEngine, mysqlServer, postgresServer } from '../support/engines.ts';
import type { Bench, Script } from '../support/exact/bench.ts';
import { runCampaign } from '../support/exact/campaign.ts';
import { type Loss, losingReads, losingTwins, losingWrites, losses } from '../support/exact/lossy.ts';
import { exactMysql } from '../support/exact/mysql-bench.ts';
import { exactPostgres } from '../support/exact/postgres-bench.ts';
import { proveRoundTrip, RoundTripError } from '../support/exact/round-trip.ts';
import { exactSqlite } from '../support/exact/sqlite-bench.ts';

const lossNames = Object.keys(losses) as Loss[];

/** A value that each loss changes, in a table without a key, some of them twice. */
const values: Readonly<Record<Loss, string>> = {
  'numbers through Number': '9007199254740993',
  'moments through Date': '2024-02-29 23:59:59.123456',
  'text up to NUL': '',
  'text trimmed': 'trailing ',
  'text normalized': 'e\u0301',
  'JSON parsed and printed': '{"b": 1.10, "a": 12345678901234567890}',
  'empty text as NULL': '',
};

/** `nulText` is a literal of a text with NUL, where the engine has such texts. */
function fragileScript(table: string, schema: string | null, nulText: string | null): Script {
  const texts = Object.values(values).map((value) => `'${value}'`);
  const literals = [...texts, ...texts, ...(nulText === null ? [] : [nulText])];
  return {
    create: [
      ...(schema === null ? [] : [`CREATE SCHEMA ${schema}`]),
      `CREATE TABLE ${table} (v varchar(200))`,
    ],
    fill: literals.map((literal) => `INSERT INTO ${table} VALUES (${literal})`),
    finish: [],
    damage: [`DELETE FROM ${table}`],
    wipe: [],
    probes: [],
    canCreateSchema: true,
    schemas: schema === null ? [] : [schema],
  };
}

function proveNoticed(open: () => Promise<Bench>, script: Script, unknown: readonly Loss[]): void {
  const known = lossNames.filter((loss) => !unknown.includes(loss));
  let bench: Bench;
  beforeAll(async () => {
    bench = await open();
  });
  afterAll(() => bench.close());
  const stepThatFails = async (wrap: Parameters<typeof proveRoundTrip>[2]): Promise<string> => {
    const error = await proveRoundTrip(bench, script, wrap).catch((caught: unknown) => caught);
    return error instanceof RoundTripError ? error.step : `no difference: ${error}`;
  };

  it('finds nothing wrong with what is exact', async () => {
    expect(await proveRoundTrip(bench, script)).toBe(script.fill.length);
  });

  it.each(known)('notices a reader that loses something: %s', async (loss) => {
    expect(await stepThatFails({ wrap: (engines) => losingReads(engines, loss) })).toBe(
      'restored over itself',
    );
  });

  it.each(known)('notices a writer that loses something: %s', async (loss) => {
    expect(await stepThatFails({ wrap: (engines) => losingWrites(engines, loss) })).toBe(
      'restored over itself',
    );
  });

  it('notices a reader that takes equal rows for one', async () => {
    expect(await stepThatFails({ wrap: losingTwins })).toBe('restored over itself');
  });
}

describe('the proof on SQLite', () => {
  proveNoticed(exactSqlite.open, fragileScript('t', null, `CAST(X'610062' AS TEXT)`), []);
});

describeEngine(postgresServer, 'the proof on PostgreSQL', () => {
  proveNoticed(exactPostgres.open, fragileScript('s.t', 's', null), ['text up to NUL']);
});

describeEngine(mysqlServer, 'the proof on MariaDB', () => {
  proveNoticed(exactMysql.open, fragileScript('t', null, `X'610062'`), []);
});

describe('the generated databases', () => {
  const lossesThatPeopleMake: readonly Loss[] = ['numbers through Number', 'moments through Date'];
  const generated = { seed: 20_240_229, cases: 60, reduceMs: 0 };

  it.each(lossesThatPeopleMake)('hold values that a careless reader changes: %s', async (loss) => {
    const wrap = (engines: Parameters<typeof losingReads>[0]) => losingReads(engines, loss);
    expect((await runCampaign(exactSqlite, { ...generated, wrap }))?.reason).toMatch(
      /^restored? over itself: /,
    );
  });
});
