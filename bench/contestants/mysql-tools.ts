import { join } from 'node:path';
import { mysqlClient } from '../databases/mysql-client.ts';
import { command, type Step } from '../measure/command.ts';
import { runSteps } from '../measure/run.ts';
import type { BenchDatabase } from './bench-database.ts';
import type { Contestant, Pair } from './contestant.ts';
import { holdfastBackup, holdfastRestore } from './holdfast.ts';

/** What MariaDB itself brings along, against Holdfast. */
export function mysqlPairs(database: BenchDatabase): Pair[] {
  return [
    {
      id: 'backup-6',
      work: 'MariaDB backup, level 6',
      ours: holdfastBackup(database, 6),
      theirs: dump(database),
    },
    { id: 'restore', work: 'MariaDB restore', ours: holdfastRestore(database), theirs: load(database) },
  ];
}

function dump(database: BenchDatabase): Contestant {
  const { engine, check, folder } = database;
  const output = join(folder, 'dump.sql.gz');
  return {
    name: 'mariadb-dump --single-transaction | gzip -6',
    steps: [dumpTo(database, output)],
    output,
    result: async () => {
      await engine.create(check);
      await runSteps([loadFrom(database, output, check)]);
      return engine.digest(check);
    },
  };
}

function load(database: BenchDatabase): Contestant {
  const { engine, target, folder } = database;
  const input = join(folder, 'dump_for_restore.sql.gz');
  return {
    name: 'zcat | mariadb',
    prepare: () => runSteps([dumpTo(database, input)]),
    steps: [loadFrom(database, input, target)],
    before: () => engine.create(target),
    result: () => engine.digest(target),
  };
}

function dumpTo(database: BenchDatabase, output: string): Step {
  const dumping = mysqlClient(database.engine.url(database.source), 'mariadb-dump', '--single-transaction');
  return { pipeline: [dumping, command('gzip', '-6')], to: output };
}

function loadFrom(database: BenchDatabase, input: string, target: string): Step {
  return { pipeline: [command('zcat', input), mysqlClient(database.engine.url(target), 'mariadb')] };
}
