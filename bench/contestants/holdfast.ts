import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../measure/command.ts';
import { runSteps } from '../measure/run.ts';
import { root } from '../root.ts';
import { backupFolder } from './application.ts';
import type { BenchDatabase } from './bench-database.ts';
import type { Contestant } from './contestant.ts';

const snapshotName = 'bench';
const program = join(root, 'bin/holdfast.js');

export function snapshotFile(folder: string): string {
  return join(backupFolder(folder), `${snapshotName}.json.gz`);
}

/** The built program, with an environment in which only the application's own files speak. */
export function holdfast(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Command {
  return {
    argv: [process.execPath, program, ...args, '--app', folder],
    env: { BACKUP_DIR: backupFolder(folder), HOLDFAST_HISTORY_PATH: '', ...env },
  };
}

export function holdfastBackup(database: BenchDatabase, level: number): Contestant {
  const { folder } = database;
  return {
    name: `holdfast backup, level ${level}`,
    steps: [
      {
        pipeline: [holdfast(folder, ['backup', snapshotName], { BACKUP_COMPRESSION_LEVEL: String(level) })],
      },
    ],
    output: snapshotFile(folder),
    before: async () => removeSnapshot(folder),
    result: async () => {
      const { engine, check, idKind } = database;
      await engine.createEmpty(check, idKind);
      await runSteps(restoreInto(database, check));
      return engine.digest(check);
    },
  };
}

/** Takes the snapshot that restores and validations of the same folder read. */
export async function takeSnapshot(database: BenchDatabase): Promise<void> {
  const backup = holdfastBackup(database, 6);
  await backup.before?.();
  await runSteps(backup.steps);
}

export function holdfastRestore(database: BenchDatabase): Contestant {
  const { engine, target, idKind } = database;
  return {
    name: 'holdfast restore',
    prepare: () => takeSnapshot(database),
    steps: restoreInto(database, target),
    before: () => engine.empty(target, idKind),
    result: () => engine.digest(target),
  };
}

export function holdfastValidate(database: BenchDatabase): Contestant {
  return {
    name: 'holdfast validate backup',
    prepare: () => takeSnapshot(database),
    steps: [{ pipeline: [holdfast(database.folder, ['validate', 'backup', snapshotName])] }],
  };
}

function restoreInto({ engine, folder }: BenchDatabase, target: string): Contestant['steps'] {
  const args = ['restore', snapshotName, '--to', 'BENCH_TARGET_URL', '--clear-existing'];
  const consent = ['--confirm', engine.confirmName(target)];
  const env = { BENCH_TARGET_URL: engine.url(target) };
  return [{ pipeline: [holdfast(folder, [...args, ...consent], env)] }];
}

function removeSnapshot(folder: string): void {
  for (const name of readdirSync(backupFolder(folder))) {
    if (name.startsWith(`${snapshotName}.`)) rmSync(join(backupFolder(folder), name));
  }
}
