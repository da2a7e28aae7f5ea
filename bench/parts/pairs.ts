import type { BenchDatabase } from '../contestants/bench-database.ts';
import type { Pair } from '../contestants/contestant.ts';
import { holdfastBackup, holdfastValidate } from '../contestants/holdfast.ts';
import { mysqlPairs } from '../contestants/mysql-tools.ts';
import { postgresPairs } from '../contestants/postgres-tools.ts';
import { sqlitePairs } from '../contestants/sqlite-tools.ts';
import type { IdKind } from '../data/tables.ts';
import type { EngineName } from '../databases/engine.ts';
import { measurePair } from '../measure/alternate.ts';
import type { Options } from '../options.ts';
import { formatCount } from '../results/format.ts';
import { type Findings, noFindings, type PairResult } from '../results/part.ts';
import { openDatabase, type Workplace } from '../workplace.ts';

const toolPairs: Readonly<Record<EngineName, (database: BenchDatabase) => Pair[]>> = {
  postgres: postgresPairs,
  sqlite: sqlitePairs,
  mysql: mysqlPairs,
};

export interface PairsPartOptions extends Options {
  readonly idKind: IdKind;
}

/** Holdfast against the tools of one database. */
export async function runEnginePart(
  engine: EngineName,
  workplace: Workplace,
  options: PairsPartOptions,
): Promise<Findings> {
  const database = await openDatabase(workplace, engine, options);
  const pairs = [...toolPairs[engine](database), validatePair(database)];
  return { ...noFindings, pairs: await measurePairs(pairs, database, { ...options, say: workplace.say }) };
}

export interface PairsOptions {
  readonly rounds: number;
  readonly warmUp: boolean;
  readonly say: (line: string) => void;
}

/** Measures one pair after the other, all on the same database. */
export async function measurePairs(
  pairs: readonly Pair[],
  database: BenchDatabase,
  { rounds, warmUp, say }: PairsOptions,
): Promise<PairResult[]> {
  const { engine, source, idKind, sizes } = database;
  const expected = await engine.digest(source);
  const checked = new Map<string, boolean>();
  const results: PairResult[] = [];
  for (const pair of pairs) {
    say(`${pair.work}, against ${pair.theirs.name}: ${formatCount(sizes.orders)} rows, ${idKind} ids`);
    const settle = (): Promise<void> => engine.settle(source);
    const measured = await measurePair(pair, { rounds, warmUp, say, expected, checked, settle });
    results.push({ ...measured, idKind, rows: sizes.orders });
  }
  return results;
}

function validatePair(database: BenchDatabase): Pair {
  return {
    id: 'validate',
    work: `${database.engine.title} validate backup`,
    ours: holdfastValidate(database),
    theirs: holdfastBackup(database, 6),
  };
}
