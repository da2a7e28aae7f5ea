import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { HistoryResult } from '../../../src/operations/history.ts';
import { damage, Shop } from '../../cli/shop.ts';
import { documentOf, leftovers, startBinary } from '../../support/cli.ts';
import { digestSqlite } from '../../support/sqlite.ts';
import { expectRefusal } from './refusal.ts';
import { holdWriteLock } from './write-lock.ts';

const confirmed = ['--clear-existing', '--confirm', 'app.db'];

/** A restore that has its run lock and waits for the database, which the test holds. */
async function holdRestore(shop: Shop) {
  await shop.backUp();
  shop.change(damage);
  // With a write-ahead log the safety snapshot needs no lock, so that the restore comes as far as its transaction.
  shop.change('PRAGMA journal_mode = WAL');
  const release = await holdWriteLock(shop.file);
  const running = startBinary(['restore', 'latest', ...confirmed], { cwd: shop.folder, env: shop.env });
  while (!existsSync(path.join(shop.backups, '.holdfast-restore.json'))) await sleep(10);
  return { running, release };
}

/** Command and result of each run in the history, the newest first. */
async function endings(shop: Shop): Promise<readonly string[]> {
  const { runs } = documentOf(await shop.run('history', '--json')) as unknown as HistoryResult;
  return runs.map(({ command, result }) => `${command} ${result}`);
}

it('exits 5 while another run works in the backup folder, and leaves that one alone', async () => {
  const shop = new Shop();
  const { running, release } = await holdRestore(shop);
  for (const argv of [['backup'], ['restore', 'latest', ...confirmed], ['undo', '--confirm', 'app.db']]) {
    await expectRefusal({ folder: shop.folder, run: (...words) => shop.run(...words) }, argv, {
      code: 'RUN.LOCKED',
      exitCode: 5,
      message: ['Another run', path.join(shop.backups, '.holdfast.lock')],
      hint: ['run the command again'],
    });
  }
  await release();
  const { exitCode, stdout } = await running.ended;
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Restored ');
  expect(await endings(shop)).toEqual([
    // Each once for people and once as JSON.
    ...['undo', 'restore', 'backup'].flatMap((command) => Array(2).fill(`${command} locked`)),
    'restore succeeded',
    'backup succeeded',
  ]);
});

it('lists, shows and checks snapshots while another run works', async () => {
  const shop = new Shop();
  const { running, release } = await holdRestore(shop);
  for (const argv of [['list'], ['show', 'latest'], ['validate', 'backup', 'latest']]) {
    expect((await shop.run(...argv)).exitCode).toBe(0);
  }
  await release();
  await running.ended;
});

it('frees the backup folder with the death of the run that held it', async () => {
  const shop = new Shop();
  const { running, release } = await holdRestore(shop);
  const before = digestSqlite(shop.file);
  process.kill(running.pid, 'SIGKILL');
  await running.ended;
  await release();
  expect(digestSqlite(shop.file)).toEqual(before);
  const result = await shop.run('backup');
  expect(result.exitCode).toBe(0);
  expect(result.stderr).toContain(
    'was interrupted; the database is as it was before it, or as it is after it',
  );
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('stops at %s with exit code %i, and changes nothing', async (signal, exitCode) => {
  const shop = new Shop();
  const { running, release } = await holdRestore(shop);
  const before = digestSqlite(shop.file);
  process.kill(running.pid, signal);
  const result = await running.ended;
  await release();
  expect(result.exitCode).toBe(exitCode);
  expect(result.stderr).toContain(`Stopped by ${signal}`);
  expect(digestSqlite(shop.file)).toEqual(before);
  expect(existsSync(path.join(shop.backups, '.holdfast-restore.json'))).toBe(false);
  expect(await endings(shop)).toEqual(['restore interrupted', 'backup succeeded']);
});

it('counts a backup that was stopped as interrupted, and not as a failure', async () => {
  const shop = new Shop();
  await shop.backUp();
  const release = await holdWriteLock(shop.file, 'EXCLUSIVE');
  const running = startBinary(['backup'], { cwd: shop.folder, env: shop.env });
  const runLog = () => JSON.parse(readFileSync(path.join(shop.backups, '.holdfast-runs.json'), 'utf8'));
  while (runLog().last.process !== running.pid) await sleep(10);
  process.kill(running.pid, 'SIGTERM');
  expect((await running.ended).exitCode).toBe(143);
  await release();
  expect(await endings(shop)).toEqual(['backup interrupted', 'backup succeeded']);
  expect(runLog()).toMatchObject({ consecutiveFailures: 0, last: { process: running.pid, ok: false } });
  expect(leftovers(shop.backups)).toEqual([]);
});

it('names the process that holds the lock of a database file', async () => {
  const shop = new Shop();
  await shop.backUp();
  shop.change(damage);
  const release = await holdWriteLock(shop.file);
  const result = await shop.run('restore', 'latest', ...confirmed, '--lock-timeout', '100ms');
  await release();
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain('[DATABASE.LOCKED]');
  expect(result.stderr).toMatch(/process \d+|node/);
  expect(result.stderr).toContain('--lock-timeout');
});
