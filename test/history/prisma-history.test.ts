import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openHistory } from '../../src/history/open-history.ts';
import type { History, HistoryRun } from '../../src/ports/history.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { anyQuery, makeRun } from './runs.ts';

const root = useTempFolder();
const clock = { now: () => new Date('2026-11-20T10:30:00.000Z') };

let history: History;
beforeEach(async () => {
  const file = path.join(root, `${randomBytes(6).toString('hex')} 100% #?.db`);
  history = await openHistory({ path: file, clock, note: (message) => expect.unreachable(message) });
});
afterEach(() => history.close());

const fullRun: HistoryRun = makeRun({
  subject: "it's \u0000 “quoted”; DROP TABLE backup_history; --",
  result: 'failed',
  database: 'shop on db.example.com:5432',
  rows: Number.MAX_SAFE_INTEGER,
  bytes: 9_007_199_254_740_991,
  error: { code: 'DATABASE.LOST', message: 'Cannot read\nthe table "Ünïcode 🗄"' },
  details: { tables: [{ table: 'a.b', rows: 0 }], removed: ['x', 'y'] },
  deliveries: [{ channel: 'webhook ops', what: 'failure', ok: false, message: 'HTTP 500' }],
});

it('returns every field of a run as it was saved', async () => {
  const empty = makeRun({
    ...{
      id: 'empty',
      started: '2026-11-19T02:00:00.001Z',
      finished: null,
      result: 'running',
      snapshot: null,
    },
    ...{ tables: null, rows: null, bytes: null, durationMs: null },
  });
  await history.save(fullRun);
  await history.save(empty);
  expect(await history.runs(anyQuery)).toEqual([fullRun, empty]);
});

it('replaces a run that has begun by the same run that has ended', async () => {
  await history.save({ ...fullRun, result: 'running', finished: null, error: null });
  await history.save(fullRun);
  expect(await history.runs(anyQuery)).toEqual([fullRun]);
});

it('finds runs by command, result, time and snapshot, the newest first', async () => {
  const at = (day: number): string => `2026-11-${String(day).padStart(2, '0')}T02:00:00.000Z`;
  for (let day = 1; day <= 12; day++) {
    await history.save(
      makeRun({
        id: `run-${day}`,
        command: day % 3 === 0 ? 'restore' : 'backup',
        result: day % 4 === 0 ? 'failed' : 'succeeded',
        snapshot: day === 5 ? null : `daily-backup-2026-11-${day}`,
        started: at(day),
      }),
    );
  }
  const find = async (query: Partial<typeof anyQuery>) =>
    (await history.runs({ ...anyQuery, ...query })).map(({ id }) => Number(id.slice(4)));
  expect(await find({})).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect(await find({ command: 'restore' })).toEqual([12, 9, 6, 3]);
  expect(await find({ result: 'failed' })).toEqual([12, 8, 4]);
  expect(await find({ since: new Date(at(10)) })).toEqual([12, 11, 10]);
  expect(await find({ snapshot: '11-1' })).toEqual([12, 11, 10, 1]);
  expect(await find({ snapshot: '11-1', limit: 2 })).toEqual([12, 11]);
  expect(await find({ snapshot: '11_1' })).toEqual([]);
  expect(await find({ limit: 2, command: 'backup' })).toEqual([11, 10]);
  expect(await find({ command: 'restore', result: 'failed' })).toEqual([12]);
});

it('forgets what is older than asked for, but never the newest so many', async () => {
  const idsLeft = async () => (await history.runs(anyQuery)).map(({ id }) => id);
  for (let day = 1; day <= 9; day++) {
    await history.save(makeRun({ id: `run-${day}`, started: `2026-11-0${day}T02:00:00.000Z` }));
  }
  await history.forget({ before: new Date('2026-11-04'), keep: 2 });
  expect(await idsLeft()).toEqual(['run-9', 'run-8', 'run-7', 'run-6', 'run-5', 'run-4']);
  // As if the clock were years ahead.
  await history.forget({ before: new Date('2031-01-01'), keep: 4 });
  await history.forget({ before: new Date('2031-01-01'), keep: 5 });
  expect(await idsLeft()).toEqual(['run-9', 'run-8', 'run-7', 'run-6']);
});

it('keeps the date of a setting while its value stays', async () => {
  const day = (date: number) => ({ id: `run-${date}`, at: new Date(Date.UTC(2026, 10, date)) });
  await history.saveSettings({ days: '30', level: '6', gone: 'x' }, day(1));
  await history.saveSettings({ days: '14', level: '6' }, day(2));
  await history.saveSettings({ days: '14', level: '6' }, day(3));
  expect(await history.settings()).toEqual([
    { name: 'days', value: '14', changed: '2026-11-02T00:00:00.000Z' },
    { name: 'level', value: '6', changed: '2026-11-01T00:00:00.000Z' },
  ]);
});

it('keeps an alarm until it ends', async () => {
  const alarm = { since: '2026-11-18T02:00:00.000Z', count: 3, digest: 'abc', sent: null };
  expect(await history.readAlarm('backup')).toBeNull();
  await history.writeAlarm('backup', alarm);
  await history.writeAlarm('backup', { ...alarm, count: 4, sent: '2026-11-19T02:00:00.000Z' });
  expect(await history.readAlarm('backup')).toEqual({ ...alarm, count: 4, sent: '2026-11-19T02:00:00.000Z' });
  await history.writeAlarm('backup', null);
  await history.writeAlarm('backup', null);
  expect(await history.readAlarm('backup')).toBeNull();
});
