import { expect, it } from 'vitest';
import { applyPolicy } from '../../src/retention/apply-policy.ts';
import { defaultPolicy } from '../../src/retention/policy.ts';
import { shop, snapshotAt } from './sidecars.ts';

const facts = {
  now: new Date('2026-11-21T12:00:00Z'),
  owner: shop,
  needed: new Map<string, string>(),
  isClockTrusted: true,
};

const drilled = '2026-06-02T00:00:00.000Z';

/** What becomes of two snapshots of the spring, with a good one of today beside them. */
function decide(first: string | null, second: string | null, more = {}) {
  const snapshots = [
    snapshotAt('2026-11-21T02:00:00Z', ['daily']),
    snapshotAt('2026-05-02T02:00:00Z', ['daily'], { drilled: second, ...more }),
    snapshotAt('2026-05-01T02:00:00Z', ['daily'], { drilled: first }),
  ];
  return applyPolicy(snapshots, defaultPolicy, facts).map(({ action }) => action);
}

it('keeps the newest snapshot that a drill has proved, however old it is', () => {
  expect(decide(drilled, null)).toEqual(['keep', 'remove', 'keep']);
  expect(decide(drilled, drilled)).toEqual(['keep', 'keep', 'remove']);
});

it('keeps none for that reason where there was no drill, or none of all tables of this database', () => {
  expect(decide(null, null)).toEqual(['keep', 'remove', 'remove']);
  expect(decide(drilled, drilled, { verified: null })[2]).toBe('keep');
  const [, partial, whole] = decide(drilled, drilled, { partial: true });
  expect([partial, whole]).toEqual(['keep', 'keep']);
});

it('says why it stays', () => {
  const snapshots = [
    snapshotAt('2026-11-21T02:00:00Z', ['daily']),
    snapshotAt('2026-05-01T02:00:00Z', ['daily'], { drilled }),
  ];
  const [, old] = applyPolicy(snapshots, defaultPolicy, facts);
  expect(old).toMatchObject({ action: 'keep', reason: 'it is the newest one that was restored and checked' });
});
