import { join } from 'node:path';
import { command, type Step, step } from '../measure/command.ts';
import { runSteps } from '../measure/run.ts';
import type { BenchDatabase } from './bench-database.ts';
import type { Contestant, Pair } from './contestant.ts';
import { holdfastBackup, holdfastRestore } from './holdfast.ts';

/** What SQLite's own shell does, against Holdfast. */
export function sqlitePairs(database: BenchDatabase): Pair[] {
  return [
    {
      id: 'backup-6',
      work: 'SQLite backup, level 6',
      ours: holdfastBackup(database, 6),
      theirs: dump(database),
    },
    {
      id: 'backup-pages',
      work: 'SQLite backup, level 6',
      ours: holdfastBackup(database, 6),
      theirs: copyPages(database),
    },
    { id: 'restore', work: 'SQLite restore', ours: holdfastRestore(database), theirs: load(database) },
  ];
}

function dump(database: BenchDatabase): Contestant {
  const { engine, check, folder } = database;
  const output = join(folder, 'dump.sql.gz');
  return {
    name: 'sqlite3 .dump | gzip -6',
    steps: [dumpTo(database, output)],
    output,
    result: async () => {
      await engine.create(check);
      await runSteps([loadFrom(output, fileOf(database, check))]);
      return engine.digest(check);
    },
  };
}

function copyPages(database: BenchDatabase): Contestant {
  const { engine, source, check, folder } = database;
  const copy = join(folder, 'copy.db');
  const output = `${copy}.gz`;
  return {
    name: 'sqlite3 .backup, gzip -6',
    steps: [step('sqlite3', fileOf(database, source), `.backup '${copy}'`), step('gzip', '-6', copy)],
    output,
    result: async () => {
      await runSteps([{ pipeline: [command('zcat', output)], to: fileOf(database, check) }]);
      return engine.digest(check);
    },
  };
}

function load(database: BenchDatabase): Contestant {
  const { engine, target, folder } = database;
  const input = join(folder, 'dump_for_restore.sql.gz');
  return {
    name: 'zcat | sqlite3',
    prepare: () => runSteps([dumpTo(database, input)]),
    steps: [loadFrom(input, fileOf(database, target))],
    before: () => engine.drop(target),
    result: () => engine.digest(target),
  };
}

function dumpTo(database: BenchDatabase, output: string): Step {
  const dumping = command('sqlite3', fileOf(database, database.source), '.dump');
  return { pipeline: [dumping, command('gzip', '-6')], to: output };
}

function loadFrom(input: string, file: string): Step {
  return { pipeline: [command('zcat', input), command('sqlite3', file)] };
}

function fileOf({ engine }: BenchDatabase, name: string): string {
  return engine.url(name).slice('file:'.length);
}
