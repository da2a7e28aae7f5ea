import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import { AppError } from '../../errors.ts';
import type { DrillDatabase, OpenDrillPlace } from '../../ports/drill.ts';
import { createPrivateFile, makeFolder, removeFile } from '../../util/atomic-file.ts';
import { removeFolder } from '../../util/temp-folder.ts';
import { drillOf, makeDrillName } from '../drill-name.ts';
import { sqliteEngine } from './engine.ts';
import { isBusy, toAppError } from './sqlite-errors.ts';

const lockEnding = '.lock';
/** Another drill's sweep may hold or share a new lock file for a moment. */
const lockPatienceMs = 250;

/**
 * A folder in which each drill has a folder of its own, `.holdfast_drill_…`, and beside it a file that it keeps locked
 * from before the folder is there until after it is gone.
 */
export const openDrillPlace: OpenDrillPlace = async (target, { folder, newId, processId }) => {
  const place = folder ?? path.dirname(path.resolve(target.file ?? '.'));
  return {
    sweep: () => sweep(place),
    async create() {
      const name = makeDrillName(newId(), processId);
      const own = path.join(place, `.${name}`);
      try {
        await makeFolder(place);
        const lock = await takeLock(`${own}${lockEnding}`);
        await makeFolder(own);
        return drillFile(own, lock);
      } catch (error) {
        throw toAppError(error, `Cannot make a database for the drill in ${place}`, 'FOLDER.NOT_WRITABLE');
      }
    },
    async close() {},
  };
};

function drillFile(folder: string, lock: Sqlite.Database): DrillDatabase {
  const file = path.join(folder, 'drill.db');
  const target = { provider: 'sqlite', url: `file:${file}`, file, schemas: [], origin: 'the drill' } as const;
  return {
    ...{ name: folder, kind: 'file', host: null, folder },
    open: (options) => sqliteEngine.open(target, { ...options, create: true }),
    async drop() {
      await removeFolder(folder);
      lock.close();
      await removeFile(`${folder}${lockEnding}`);
    },
  };
}

/** The kernel frees the lock when the process ends. */
async function takeLock(file: string): Promise<Sqlite.Database> {
  await createPrivateFile(file);
  const lock = new Sqlite(file, { timeout: lockPatienceMs });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    // Another drill's sweep may have met the file before it was locked.
    if (!existsSync(file)) throw new AppError('RUN.LOCKED', `The lock file ${file} was taken away`);
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

async function sweep(place: string): Promise<readonly string[]> {
  if (!existsSync(place)) return [];
  const names = (await readdir(place)).filter((name) => name.startsWith('.'));
  const drills = new Set(names.flatMap((name) => drillOf(name.slice(1).replace(/\.lock$/, '')) ?? []));
  const dropped: string[] = [];
  for (const drill of drills) {
    const folder = path.join(place, `.${drill}`);
    if (await dropIfDead(folder)) dropped.push(folder);
  }
  return dropped;
}

/** @returns whether a database was there and was dropped */
async function dropIfDead(folder: string): Promise<boolean> {
  const file = `${folder}${lockEnding}`;
  let lock: Sqlite.Database;
  try {
    lock = await takeLock(file);
  } catch (error) {
    if (isBusy(error) || error instanceof AppError) return false;
    throw error;
  }
  try {
    const wasThere = existsSync(folder);
    await removeFolder(folder);
    await removeFile(file);
    return wasThere;
  } finally {
    lock.close();
  }
}
