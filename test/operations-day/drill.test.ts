import { expect, it } from 'vitest';
import { drill } from '../../src/operations/drill.ts';
import { health } from '../../src/operations/health.ts';
import { defaultSchedule } from '../../src/retention/schedule.ts';
import { flipByte } from '../e2e/drill/bad-snapshot.ts';
import { drillOf } from '../e2e/drill/drill-request.ts';
import { ShopFolder } from './shop-folder.ts';

/** A Friday. */
const friday = '2026-11-20T10:30:00Z';
const schedule = { ...defaultSchedule, drill: { weekday: 7, hour: 5, minute: 0 } };

const auto = (shop: ShopFolder) =>
  shop.auto({ schedule, findDrill: async () => drillOf(shop.target, shop.backups) });

const healthOf = ({ ports }: ShopFolder, asked = schedule) =>
  health(ports, { schedule: asked, maxAgeMs: 400 * 3_600_000, maxBytes: 1e9 });

it('drills once a week, by the schedule', async () => {
  const shop = new ShopFolder(friday);
  // The period before is caught up: there was no drill yet.
  expect((await auto(shop)).drill).toMatchObject({ ok: true, drilled: shop.now.toISOString() });
  shop.passHours(1);
  expect((await auto(shop)).drill).toBeUndefined();
  // Sunday, 04:30 and 05:30
  shop.passHours(41);
  expect((await auto(shop)).drill).toBeUndefined();
  shop.passHours(1);
  const due = await auto(shop);
  expect(due.drill).toMatchObject({ ok: true, findings: [] });
  expect((await auto(shop)).drill).toBeUndefined();
  expect(shop.notes).toEqual([]);
});

it('drills never, where the schedule does not ask for it', async () => {
  const shop = new ShopFolder(friday);
  const findDrill = async () => drillOf(shop.target, shop.backups);
  expect((await shop.auto({ findDrill })).drill).toBeUndefined();
});

it('tells of a drill that does not pass, and tries it again in the next week only', async () => {
  const shop = new ShopFolder(friday);
  const { snapshot } = await shop.auto();
  flipByte(snapshot!.path);
  const failed = await auto(shop);
  expect(failed).toMatchObject({ ok: false, drill: { ok: false, drilled: null } });
  expect(failed.warnings.join()).toContain('SNAPSHOT.');
  expect((await auto(shop)).drill).toBeUndefined();
  const { findings } = await healthOf(shop);
  expect(findings.map(({ check }) => check)).toContain('drill.failed');
});

it('tells of a drill that could not be made, and does not try it every minute', async () => {
  const shop = new ShopFolder(friday);
  await shop.auto();
  const target = {
    ...shop.target,
    provider: 'mysql',
    url: 'mysql://root@127.0.0.1:1/none',
    file: null,
  } as const;
  let tries = 0;
  const findDrill = async () => {
    tries++;
    return drillOf(target, shop.backups);
  };
  const failed = await shop.auto({ schedule, findDrill });
  expect(failed.ok).toBe(false);
  expect(failed.warnings.join()).toMatch(/^The drill that was due failed: /);
  await shop.auto({ schedule, findDrill });
  expect(tries).toBe(1);
});

it('reports the last drill, and that there was none for too long', async () => {
  const shop = new ShopFolder(friday);
  const { snapshot } = await shop.auto();
  expect((await healthOf(shop)).lastDrill).toBeNull();
  await drill(shop.ports, drillOf(shop.target, shop.backups));
  expect((await healthOf(shop)).lastDrill).toMatchObject({
    name: snapshot!.name,
    drilled: shop.now.toISOString(),
  });
  shop.passHours(15 * 24);
  const checksOf = async (asked = schedule) =>
    (await healthOf(shop, asked)).findings.map(({ check }) => check);
  expect(await checksOf()).not.toContain('drill.old');
  shop.passHours(1);
  expect(await checksOf()).toContain('drill.old');
  // The control: nobody asked for drills.
  expect(await checksOf(defaultSchedule as typeof schedule)).not.toContain('drill.old');
});
