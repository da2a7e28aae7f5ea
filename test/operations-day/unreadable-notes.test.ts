import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { backup } from '../../src/operations/backup.ts';
import { cleanup } from '../../src/operations/cleanup.ts';
import { ShopWithTargets } from '../offsite/shop-with-targets.ts';
import { documentOf, errorOf } from '../support/cli.ts';
import { backupOf } from '../support/operations/requests.ts';
import { cleanupRequest, ShopFolder } from './shop-folder.ts';
import { makeUnreadable } from './unreadable-file.ts';

it('deletes nothing while the log of runs cannot be read: the clock may have leapt', async () => {
  const shop = new ShopFolder('2026-09-01T20:00:00Z');
  for (const name of ['one', 'two', 'three']) {
    await backup(shop.ports, backupOf(shop.target, { tier: 'daily', name }));
    shop.passHours(24);
  }
  await shop.auto();
  shop.passHours(24 * 300);
  // The leap is seen, and no age counts.
  expect((await shop.auto()).cleanup).toMatchObject({
    removed: 0,
    warnings: [expect.stringContaining('The clock')],
  });
  const log = makeUnreadable(path.join(shop.backups, '.holdfast-runs.json'));
  await expect(cleanup(shop.ports, cleanupRequest())).rejects.toMatchObject({ code: 'FOLDER.IO' });
  shop.passHours(24);
  const auto = await shop.auto();
  expect(auto).toMatchObject({ ok: false, cleanup: null, snapshot: { name: expect.any(String) as unknown } });
  expect(auto.warnings).toEqual([
    expect.stringMatching('Old snapshots were not cleaned up: Cannot read .*holdfast-runs.json: ELOOP'),
  ]);
  expect(shop.notes.join()).toContain('The log of runs could not be written: Cannot read');
  expect(log.isUntouched()).toBe(true);
  expect(await shop.names()).toEqual(expect.arrayContaining(['one', 'two', 'three']));
  log.mend();
  expect((await cleanup(shop.ports, cleanupRequest())).removed).toBe(0);
});

it('keeps what is known of the targets while that cannot be read', async () => {
  const shop = new ShopWithTargets();
  expect((await shop.run('backup', 'first')).exitCode).toBe(0);
  const file = path.join(shop.backups, '.holdfast-targets.json');
  const before = readFileSync(file, 'utf8');
  const log = makeUnreadable(file);
  const result = await shop.run('backup', 'second', '--json');
  expect([result.exitCode, documentOf(result)['ok']]).toEqual([0, true]);
  expect(log.isUntouched()).toBe(true);
  const health = await shop.run('health', '--json');
  expect([health.exitCode, errorOf(health).code]).toEqual([2, 'FOLDER.IO']);
  log.mend();
  expect(readFileSync(file, 'utf8')).toBe(before);
});
