import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { backup } from '../../src/operations/backup.ts';
import { cleanup } from '../../src/operations/cleanup.ts';
import { deleteSnapshot } from '../../src/operations/delete-snapshot.ts';
import { pinSnapshot } from '../../src/operations/pin-snapshot.ts';
import { restore } from '../../src/operations/restore.ts';
import { defaultPolicy } from '../../src/retention/policy.ts';
import { filesOf } from '../support/cli.ts';
import { backupOf, restoreOf } from '../support/operations/requests.ts';
import { cleanupRequest, ShopFolder } from './shop-folder.ts';

const evening = '2026-09-01T20:00:00Z';

/** Sixty days of dailies, taken two days apart. */
async function oldShop(): Promise<ShopFolder> {
  const shop = new ShopFolder(evening);
  for (let day = 0; day < 60; day += 2) {
    await backup(
      shop.ports,
      backupOf(shop.target, { tier: 'daily', name: `daily-${String(day).padStart(2, '0')}` }),
    );
    shop.passHours(48);
  }
  return shop;
}

describe('cleanup', () => {
  it('does what its dry run says, touches nothing foreign, and then has nothing left to do', async () => {
    const shop = await oldShop();
    await backup(shop.ports, backupOf(shop.target, { name: 'by-hand' }));
    for (const name of ['notes.txt', '.hidden', 'readme.json.gz.bak'])
      writeFileSync(path.join(shop.backups, name), 'x');
    writeFileSync(path.join(shop.backups, 'other.json'), '{"what": "ever"}');
    mkdirSync(path.join(shop.backups, 'daily-backup-2020-01-01.json.gz'));
    symlinkSync(shop.file, path.join(shop.backups, 'daily-link.json.gz'));
    const before = filesOf(shop.backups);
    const plan = await cleanup(shop.ports, cleanupRequest({ dryRun: true }));
    expect(filesOf(shop.backups)).toEqual(before);
    const run = await cleanup(shop.ports, cleanupRequest());
    expect(run.decisions).toEqual(plan.decisions);
    expect([run.removed, run.keptManual]).toEqual([15, 0]);
    const gone = run.decisions.filter(({ action }) => action === 'remove').map(({ name }) => name);
    expect(gone.sort()).toEqual(
      Array.from({ length: 15 }, (_, index) => `daily-${String(index * 2).padStart(2, '0')}`),
    );
    const left = [...filesOf(shop.backups).keys()];
    expect([...before.keys()].filter((name) => !left.includes(name))).toHaveLength(45);
    expect((await cleanup(shop.ports, cleanupRequest())).removed).toBe(0);
  }, 120_000);

  it('keeps what undo would take, by the record and without it', async () => {
    const shop = new ShopFolder(evening);
    await shop.auto();
    shop.change('DELETE FROM product WHERE id > 50');
    const confirm = 'app.db';
    const restored = await restore(shop.ports, restoreOf(shop.target, { policy: 'replace', confirm }));
    shop.passHours(24 * 90);
    await shop.ports.folder.lock().then((lock) => lock.release());
    await backup(shop.ports, backupOf(shop.target));
    const safety = restored.safety!.path;
    const decide = async () => {
      const { decisions } = await cleanup(shop.ports, cleanupRequest({ trustClock: true }));
      return decisions.find((one) => one.path === safety);
    };
    expect(await decide()).toMatchObject({ action: 'keep', reason: 'holdfast undo would take it' });
    await shop.ports.folder.removeLastRestore();
    expect(await decide()).toMatchObject({ action: 'keep', reason: 'holdfast undo would take it' });
  });

  it('deletes nothing while the record of the last restore cannot be read', async () => {
    const shop = new ShopFolder(evening);
    await shop.auto();
    writeFileSync(path.join(shop.backups, '.holdfast-restore.json'), 'torn');
    await expect(cleanup(shop.ports, cleanupRequest())).rejects.toThrow('Cannot read the record');
  });

  it('is refused with an odd policy, and in the dry run, too', async () => {
    const shop = new ShopFolder(evening);
    await shop.auto();
    const odd = { policy: { ...defaultPolicy, daily: { days: 0 } } };
    await expect(cleanup(shop.ports, cleanupRequest(odd))).rejects.toMatchObject({
      code: 'RETENTION.POLICY',
    });
    await expect(cleanup(shop.ports, cleanupRequest({ ...odd, dryRun: true }))).rejects.toMatchObject({
      code: 'RETENTION.POLICY',
    });
  });

  it('does not run beside another run', async () => {
    const shop = new ShopFolder(evening);
    const lock = await shop.ports.folder.lock();
    await expect(cleanup(shop.ports, cleanupRequest())).rejects.toMatchObject({ code: 'RUN.LOCKED' });
    await lock.release();
  });
});

describe('a deletion that was cut short', () => {
  const endings = ['', '.meta.json', '.sha256'];

  it.each([0, 1, 2, 3])('is ended by the next run, wherever it stopped: after %i files', async (done) => {
    const shop = new ShopFolder(evening);
    const first = await shop.auto();
    await backup(shop.ports, backupOf(shop.target, { name: 'other' }));
    const file = first.snapshot!.path;
    const mark = { format: 'holdfast-deletion', file: path.basename(file) };
    writeFileSync(path.join(shop.backups, '.holdfast-deletion.json'), JSON.stringify(mark));
    for (const ending of endings.slice(0, done))
      renameSync(`${file}${ending}`, `/tmp/holdfast-gone-${process.pid}`);
    await shop.ports.folder.lock().then((lock) => lock.release());
    expect(await shop.names()).toEqual(['other']);
    expect([...filesOf(shop.backups).keys()].sort()).toEqual(
      ['.holdfast-runs.json', '.holdfast.lock', ...endings.map((ending) => `other.json.gz${ending}`)].sort(),
    );
  });

  it.each([
    '',
    'torn',
    '{"format":"x","file":"other.json.gz"}',
    '{"format":"holdfast-deletion","file":"../app.db"}',
    '{"format":"holdfast-deletion","file":".holdfast.lock"}',
  ])('deletes nothing by a mark that is none: %j', async (mark) => {
    const shop = new ShopFolder(evening);
    await backup(shop.ports, backupOf(shop.target, { name: 'other' }));
    writeFileSync(path.join(shop.backups, '.holdfast-deletion.json'), mark);
    await shop.ports.folder.lock().then((lock) => lock.release());
    expect([...filesOf(shop.backups).keys()]).toEqual([
      '.holdfast.lock',
      ...endings.map((ending) => `other.json.gz${ending}`),
    ]);
  });
});

describe('pin and delete', () => {
  const ask = async () => null;

  it('keep and give away a snapshot', async () => {
    const shop = await oldShop();
    const reference = 'daily-00';
    expect(await pinSnapshot(shop.ports, { reference, pinned: true })).toMatchObject({ changed: true });
    expect(await pinSnapshot(shop.ports, { reference, pinned: true })).toMatchObject({ changed: false });
    expect(
      (await cleanup(shop.ports, cleanupRequest())).decisions.find(({ name }) => name === reference),
    ).toMatchObject({
      action: 'keep',
      reason: 'it is pinned',
    });
    const request = { reference, confirm: 'app.db', ask, dryRun: false };
    await expect(deleteSnapshot(shop.ports, request)).rejects.toMatchObject({ code: 'SNAPSHOT.NEEDED' });
    await pinSnapshot(shop.ports, { reference, pinned: false });
    for (const confirm of [null, 'other', '']) {
      await expect(deleteSnapshot(shop.ports, { ...request, confirm })).rejects.toMatchObject({
        code: 'CONSENT.MISSING',
      });
    }
    expect(await shop.names()).toContain(reference);
    await deleteSnapshot(shop.ports, request);
    expect([...filesOf(shop.backups).keys()].filter((name) => name.startsWith(reference))).toEqual([]);
  }, 120_000);

  it('warn before the only verified snapshot goes', async () => {
    const shop = new ShopFolder(evening);
    await shop.auto();
    const result = await deleteSnapshot(shop.ports, {
      reference: 'latest',
      confirm: null,
      ask,
      dryRun: true,
    });
    expect(result.warnings).toEqual(['It is the only verified snapshot: after this there is none']);
    expect(await shop.names()).toHaveLength(1);
  });
});
