import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { loggedRun } from '../../src/operations/logged-run.ts';
import type { Ports } from '../../src/ports/ports.ts';
import type { RunEntry, RunOutcome } from '../../src/ports/run.ts';
import { defaultSchedule } from '../../src/retention/schedule.ts';
import { ShopFolder } from './shop-folder.ts';

const description = { command: 'backup', schedule: defaultSchedule, isBackup: true };

/** Runs something that takes the run lock and fails, and tells what the observers heard. */
async function failWith(shop: ShopFolder, error: Error, ports: Partial<Ports> = {}) {
  const heard: string[] = [];
  const observer = {
    began: async ({ command }: RunEntry) => void heard.push(`${command} began`),
    ended: async (_run: RunEntry, outcome: RunOutcome) =>
      void heard.push(`ended: ${'error' in outcome ? String(outcome.error) : 'well'}`),
  };
  const work = async ({ folder }: Ports): Promise<never> => {
    await (await folder.lock()).release();
    throw error;
  };
  const run = loggedRun({ ...shop.ports, ...ports, observers: [observer] }, description, work);
  await expect(run).rejects.toThrow();
  return { heard, runs: await shop.ports.folder.readRuns() };
}

describe('a logged run', () => {
  it('counts a failure, and nothing that follows from being stopped', async () => {
    const shop = new ShopFolder('2026-11-21T08:00:00Z');
    const lost = new Error('socket closed');
    const stopped = await failWith(shop, lost, { signal: AbortSignal.abort() });
    expect(stopped.runs).toMatchObject({ consecutiveFailures: 0, lastError: null, last: { ok: false } });
    const failed = await failWith(shop, lost);
    expect(failed.runs).toMatchObject({ consecutiveFailures: 1, lastError: 'socket closed' });
    expect([stopped.heard, failed.heard]).toEqual(
      Array(2).fill(['backup began', 'ended: Error: socket closed']),
    );
  });

  it('tells that it met the lock, and leaves the log to the run that holds it', async () => {
    const shop = new ShopFolder('2026-11-21T08:00:00Z');
    const lock = await shop.ports.folder.lock();
    const { heard, runs } = await failWith(shop, new Error('not reached'));
    await lock.release();
    expect(heard).toEqual([expect.stringMatching(/^ended: AppError: Another run/)]);
    expect(runs).toBeNull();
  });

  it('says nothing of a command line that names no snapshot', async () => {
    const shop = new ShopFolder('2026-11-21T08:00:00Z');
    const heard: string[] = [];
    const observer = {
      began: async () => void heard.push('began'),
      ended: async () => void heard.push('ended'),
    };
    const mistake = new AppError('SNAPSHOT.NOT_FOUND', 'There is no snapshot x');
    const run = loggedRun({ ...shop.ports, observers: [observer] }, description, () =>
      Promise.reject(mistake),
    );
    await expect(run).rejects.toThrow(mistake);
    expect([heard, existsSync(shop.backups)]).toEqual([[], false]);
  });
});
