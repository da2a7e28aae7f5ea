import { join } from 'node:path';
import { step } from '../measure/command.ts';
import { runSteps } from '../measure/run.ts';
import type { BenchDatabase } from './bench-database.ts';
import type { Contestant, Pair } from './contestant.ts';
import { holdfastBackup, holdfastRestore } from './holdfast.ts';

/** What PostgreSQL itself brings along, against Holdfast. */
export function postgresPairs(database: BenchDatabase): Pair[] {
  return [
    {
      id: 'backup-6',
      work: 'PostgreSQL backup, level 6',
      ours: holdfastBackup(database, 6),
      theirs: pgDump(database, 'pg_dump -Fc', ['-Fc']),
    },
    {
      id: 'backup-1',
      work: 'PostgreSQL backup, level 1',
      ours: holdfastBackup(database, 1),
      theirs: pgDump(database, 'pg_dump -Fc -Z1', ['-Fc', '-Z1']),
    },
    {
      id: 'backup-parallel',
      work: 'PostgreSQL backup, level 6',
      ours: holdfastBackup(database, 6),
      theirs: pgDump(database, 'pg_dump -Fd -j2', ['-Fd', '-j2']),
    },
    {
      id: 'restore',
      work: 'PostgreSQL restore onto the existing schema',
      ours: holdfastRestore(database),
      theirs: pgRestore(database),
    },
  ];
}

function pgDump({ engine, source, check, folder }: BenchDatabase, name: string, flags: string[]): Contestant {
  const output = join(folder, 'pg_dump');
  return {
    name,
    steps: [step('pg_dump', ...flags, `--file=${output}`, `--dbname=${engine.url(source)}`)],
    output,
    result: async () => {
      await engine.create(check);
      await runSteps([step('pg_restore', `--dbname=${engine.url(check)}`, output)]);
      return engine.digest(check);
    },
  };
}

function pgRestore(database: BenchDatabase): Contestant {
  const { engine, source, target, folder, idKind } = database;
  const dump = join(folder, 'pg_dump_for_restore');
  const flags = ['--data-only', '--single-transaction', '--disable-triggers'];
  return {
    name: `pg_restore ${flags.join(' ')}`,
    prepare: () => runSteps([step('pg_dump', '-Fc', `--file=${dump}`, `--dbname=${engine.url(source)}`)]),
    steps: [step('pg_restore', ...flags, `--dbname=${engine.url(target)}`, dump)],
    before: () => engine.empty(target, idKind),
    result: () => engine.digest(target),
  };
}
