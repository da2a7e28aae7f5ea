import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { backup } from '../../src/operations/backup.ts';
import { cleanup } from '../../src/operations/cleanup.ts';
import { pinSnapshot } from '../../src/operations/pin-snapshot.ts';
import { restore } from '../../src/operations/restore.ts';
import { validateBackup } from '../../src/operations/validate-backup.ts';
import { wrapFolder } from '../../src/operations/wrap-folder.ts';
import { ShopWithTargets } from '../offsite/shop-with-targets.ts';
import { documentOf, errorOf } from '../support/cli.ts';
import { backupOf, restoreOf } from '../support/operations/requests.ts';
import { cleanupRequest, ShopFolder } from './shop-folder.ts';
import { makeUnreadable } from './unreadable-file.ts';

const spoilSidecar = (snapshot: string) => makeUnreadable(`${snapshot}.meta.json`);

async function shopWithPinned(): Promise<{ shop: ShopWithTargets; file: string }> {
  const shop = new ShopWithTargets();
  for (const argv of [['backup', 'first'], ['backup', 'second'], ['pin', 'first'], ['sync']])
    expect((await shop.run(...argv)).exitCode).toBe(0);
  return { shop, file: path.join(shop.backups, 'first.json.gz') };
}

describe('a sidecar that is there and cannot be read', () => {
  it.each([
    ['pin', 'first'],
    ['unpin', 'first'],
    ['delete', 'first', '--confirm', 'app.db'],
  ])('is not replaced, nor its snapshot deleted: %s', async (...argv) => {
    const { shop, file } = await shopWithPinned();
    const sidecar = spoilSidecar(file);
    const result = await shop.run(...argv, '--json');
    expect([result.exitCode, errorOf(result).code]).toEqual([2, 'FOLDER.IO']);
    expect(errorOf(result).message).toContain(`Cannot read ${file}.meta.json: ELOOP`);
    expect(sidecar.isUntouched()).toBe(true);
    sidecar.mend();
    expect(JSON.parse(readFileSync(`${file}.meta.json`, 'utf8'))).toMatchObject({ pinned: true });
  });

  it.each([
    ['validate', 'backup', 'first'],
    ['drill', 'first'],
  ])('is not replaced by what was found out: %s', async (...argv) => {
    const { shop, file } = await shopWithPinned();
    const sidecar = spoilSidecar(file);
    const { exitCode, stderr } = await shop.run(...argv);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('could not be noted beside the snapshot');
    expect(sidecar.isUntouched()).toBe(true);
  });

  it('keeps its copy as it is, and sync says so', async () => {
    const { shop, file } = await shopWithPinned();
    const copy = () => readFileSync(path.join(shop.disk, 'first.json.gz.meta.json'), 'utf8');
    const before = copy();
    spoilSidecar(file);
    const result = await shop.run('sync', '--json');
    expect(result.exitCode).not.toBe(0);
    expect(documentOf(result)['warnings']).toEqual([
      expect.stringContaining('first on the required target disk: its sidecar cannot be read: ELOOP'),
      expect.stringContaining('first on the target stick: its sidecar cannot be read: ELOOP'),
    ]);
    expect(copy()).toBe(before);
  });

  it('does not pass for copied when it is not', async () => {
    const shop = new ShopWithTargets();
    shop.setTargets({});
    await shop.run('backup', 'first');
    shop.setTargets({ disk: { kind: 'folder', path: shop.disk } });
    const { mend } = spoilSidecar(path.join(shop.backups, 'first.json.gz'));
    const result = await shop.run('sync', '--json');
    expect([result.exitCode, documentOf(result)['ok']]).toEqual([4, false]);
    mend();
    expect((await shop.run('sync')).exitCode).toBe(0);
  });

  it('keeps a snapshot that may be pinned from cleanup', async () => {
    const shop = new ShopFolder('2026-09-01T20:00:00Z');
    await shop.auto();
    const again = async () => {
      shop.change('DELETE FROM product WHERE id > 50');
      const result = await restore(
        shop.ports,
        restoreOf(shop.target, { policy: 'replace', confirm: 'app.db' }),
      );
      return result.safety!.path;
    };
    const safety = await again();
    shop.passHours(1);
    await again();
    shop.passHours(24 * 90);
    await backup(shop.ports, backupOf(shop.target));
    const decide = async () => {
      const plan = await cleanup(shop.ports, cleanupRequest({ trustClock: true, dryRun: true }));
      const { action, reason } = plan.decisions.find((one) => one.path === safety)!;
      return { ok: plan.ok, warnings: plan.warnings, action, reason };
    };
    expect(await decide()).toMatchObject({ ok: true, action: 'remove' });
    spoilSidecar(safety);
    expect(await decide()).toMatchObject({
      ok: false,
      warnings: [expect.stringContaining('stays, since it may be pinned: its sidecar cannot be read: ELOOP')],
      action: 'keep',
      reason: expect.stringContaining('its sidecar cannot be read: ELOOP') as unknown,
    });
  });

  it('does not keep the operator from a restore', async () => {
    const { shop } = await shopWithPinned();
    spoilSidecar(path.join(shop.backups, 'second.json.gz'));
    shop.change('DELETE FROM order_lines');
    const confirm = ['--clear-existing', '--confirm', 'app.db'];
    expect((await shop.run('restore', 'latest', ...confirm)).exitCode).toBe(0);
    expect((await shop.run('list')).exitCode).toBe(0);
  });
});

it('notes the result of a validation beside a pin that was set meanwhile', async () => {
  const { ports, target } = new ShopFolder('2026-09-01T20:00:00Z');
  await backup(ports, backupOf(target, { name: 'first' }));
  let looks = 0;
  const find = async (reference: string) => {
    const stored = await ports.folder.find(reference);
    looks += 1;
    if (looks === 1) await pinSnapshot(ports, { reference: 'first', pinned: true });
    return stored;
  };
  await validateBackup({ ...ports, folder: wrapFolder(ports.folder, { find }) }, 'first');
  const { sidecar } = await ports.folder.find('first');
  expect(sidecar).toMatchObject({ pinned: true, verified: '2026-09-01T20:00:00.000Z' });
});
