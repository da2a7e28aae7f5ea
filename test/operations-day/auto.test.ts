import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { backUpTier } from '../../src/operations/back-up-tier.ts';
import { listSnapshots } from '../../src/operations/list-snapshots.ts';
import { defaultPolicy } from '../../src/retention/policy.ts';
import { defaultSchedule } from '../../src/retention/schedule.ts';
import { verifySnapshot } from '../../src/snapshot/verify.ts';
import { filesOf } from '../support/cli.ts';
import { backupOf } from '../support/operations/requests.ts';
import { cleanupRequest, ShopFolder } from './shop-folder.ts';

const evening = '2026-11-21T20:00:00Z';

describe('auto', () => {
  it('serves all tiers with one good snapshot, then says nothing and writes nothing', async () => {
    const shop = new ShopFolder(evening);
    const first = await shop.auto();
    expect(first).toMatchObject({ ok: true, due: ['monthly', 'weekly', 'daily'], skipped: null });
    expect(await verifySnapshot(first.snapshot!.path)).toEqual([]);
    const { snapshots } = await listSnapshots(shop.ports);
    expect(snapshots.map(({ tiers }) => tiers)).toEqual([['daily', 'weekly', 'monthly']]);
    const files = filesOf(shop.backups);
    expect(await shop.auto()).toMatchObject({ due: [], snapshot: null, skipped: null });
    expect(filesOf(shop.backups)).toEqual(files);
  });

  it('works through two weeks: one snapshot a day, the Sunday one serving the week, too', async () => {
    const shop = new ShopFolder(evening);
    for (let hour = 0; hour < 14 * 24; hour++) {
      await shop.auto();
      shop.passHours(1);
    }
    expect(await shop.names()).toEqual([
      ...['2026-12-05', '2026-12-04', '2026-12-03', '2026-12-02'].map((date) => `daily-backup-${date}`),
      'monthly-backup-2026-12-01',
      'daily-backup-2026-12-01',
      'daily-backup-2026-11-30',
      'weekly-backup-2026-11-29',
      'daily-backup-2026-11-29',
      ...['28', '27', '26', '25', '24', '23'].map((day) => `daily-backup-2026-11-${day}`),
      'weekly-backup-2026-11-22',
      'daily-backup-2026-11-22',
      'monthly-backup-2026-11-01',
    ]);
  }, 120_000);

  it('takes another one when the snapshot of the period is not verified', async () => {
    const shop = new ShopFolder(evening);
    const first = await shop.auto();
    rmSync(`${first.snapshot!.path}.meta.json`);
    expect((await shop.auto()).snapshot?.name).toBe('monthly-backup-2026-11-01-2');
  });

  it('leaves the work to a later call while another run holds the lock', async () => {
    const shop = new ShopFolder(evening);
    const lock = await shop.ports.folder.lock();
    const result = await shop.auto();
    expect(result.skipped).toContain('Another run holds the lock');
    await lock.release();
    expect((await shop.auto()).snapshot).not.toBeNull();
  });

  it('keeps the snapshot and says so when the cleanup is refused', async () => {
    const shop = new ShopFolder(evening);
    const result = await shop.auto({
      cleanup: cleanupRequest({ policyFaults: ["'retentionWeeks' is unknown"] }),
    });
    expect(result).toMatchObject({ ok: false, cleanup: null });
    expect(result.warnings.join()).toContain('retentionWeeks');
    expect(await shop.names()).toHaveLength(1);
  });

  it('fails aloud, and after five failures tries more rarely', async () => {
    const shop = new ShopFolder(evening);
    const findRequest = async () =>
      backupOf({ ...shop.target, file: '/nowhere.db', url: 'file:/nowhere.db' });
    await (await shop.ports.folder.lock()).release();
    for (let run = 0; run < 5; run++) await expect(shop.auto({ findRequest })).rejects.toThrow('/nowhere.db');
    expect((await shop.ports.folder.readRuns())?.consecutiveFailures).toBe(5);
    expect((await shop.auto({ findRequest })).skipped).toContain('failed');
    shop.passHours(0.05);
    expect((await shop.auto()).snapshot).not.toBeNull();
    expect((await shop.ports.folder.readRuns())?.consecutiveFailures).toBe(0);
  });

  it('deletes nothing for its age when the clock leaps ahead, until two days later', async () => {
    const shop = new ShopFolder(evening);
    for (let day = 0; day < 5; day++) {
      await shop.auto();
      shop.passHours(24);
    }
    const before = await shop.names();
    const policy = { ...defaultPolicy, weekly: { days: 30 }, monthly: { days: 30 } };
    shop.passHours(400 * 24);
    const leapt = await shop.auto({ cleanup: cleanupRequest({ policy }) });
    expect(leapt.cleanup?.warnings.join()).toContain('--trust-clock');
    expect(await shop.names()).toEqual(expect.arrayContaining(before));
    shop.passHours(24);
    expect((await shop.auto({ cleanup: cleanupRequest({ policy }) })).cleanup?.removed).toBe(0);
    shop.passHours(25);
    expect((await shop.auto({ cleanup: cleanupRequest({ policy }) })).cleanup?.removed).toBe(before.length);
  });
});

describe('a backup of a tier', () => {
  const request = (shop: ShopFolder, force: boolean) => ({
    ...backupOf(shop.target),
    tier: 'weekly' as const,
    schedule: defaultSchedule,
    force,
  });

  it('is taken once in its period, and again by force', async () => {
    const shop = new ShopFolder(evening);
    expect((await backUpTier(shop.ports, request(shop, false))).snapshot?.name).toBe(
      'weekly-backup-2026-11-15',
    );
    expect(await backUpTier(shop.ports, request(shop, false))).toMatchObject({
      snapshot: null,
      served: { tier: 'weekly', period: '2026-11-15', by: 'weekly-backup-2026-11-15' },
    });
    expect((await backUpTier(shop.ports, request(shop, true))).snapshot?.name).toBe(
      'weekly-backup-2026-11-15-2',
    );
  });

  it('is refused for a tier that is switched off', async () => {
    const shop = new ShopFolder(evening);
    const off = { ...request(shop, false), schedule: { ...defaultSchedule, weekly: null } };
    await expect(backUpTier(shop.ports, off)).rejects.toThrow('switched off');
  });
});
