import { describe, expect, it } from 'vitest';
import { applyPolicy, type PolicyFacts } from '../../src/retention/apply-policy.ts';
import type { Candidate } from '../../src/retention/candidate.ts';
import {
  defaultPolicy,
  findPolicyFaults,
  largestAmount,
  policyOfDays,
  type RetentionPolicy,
} from '../../src/retention/policy.ts';
import { shop, snapshotAt } from './sidecars.ts';

const day = 86_400_000;
const now = Date.parse('2026-11-21T12:00:00Z');
const facts: PolicyFacts = { now: new Date(now), owner: shop, needed: new Map(), isClockTrusted: true };

/** The days of age of what is removed. */
function removed(
  snapshots: readonly Candidate[],
  policy: RetentionPolicy = defaultPolicy,
  more: Partial<PolicyFacts> = {},
): string[] {
  return applyPolicy(snapshots, policy, { ...facts, ...more })
    .filter(({ action }) => action === 'remove')
    .map(({ snapshot }) => snapshot.name);
}

function daysAgo(
  days: number,
  ...rest: Parameters<typeof snapshotAt> extends [unknown, ...infer R] ? R : never
) {
  return snapshotAt(now - days * day, ...rest);
}

const fresh = daysAgo(0, ['daily']);

describe('the policy', () => {
  it('keeps dailies for their days, and not a moment longer', () => {
    const [atLimit, beyond] = [daysAgo(30, ['daily']), snapshotAt(now - 30 * day - 1, ['daily'])];
    expect(removed([fresh, atLimit, beyond])).toEqual([beyond.name]);
  });

  it('decides alike of a snapshot and of its encrypted twin', () => {
    const [plain, old] = [daysAgo(3, ['daily']), daysAgo(31, ['daily'])];
    const twin = { ...plain, path: `${plain.path}.age` };
    expect(removed([plain, twin, old, fresh])).toEqual([old.name]);
    expect(removed([fresh, plain, twin], { ...defaultPolicy, daily: { days: 1 } })).toEqual([
      plain.name,
      twin.name,
    ]);
  });

  it('takes every whole number of days from one to the largest, and no other', () => {
    const faultsOf = (days: number) => findPolicyFaults({ ...defaultPolicy, daily: { days } });
    for (const days of [1, largestAmount]) expect(faultsOf(days)).toEqual([]);
    for (const days of [0, largestAmount + 1, 1.5]) expect(faultsOf(days)).toHaveLength(1);
  });

  it('keeps what a tier, or safety snapshots, have no rule for', () => {
    const [old, safety] = [daysAgo(400, ['daily']), daysAgo(400, [], { purpose: 'safety' })];
    expect(removed([fresh, old, safety], { ...defaultPolicy, daily: null, safety: null })).toEqual([]);
    expect(removed([fresh, safety], { ...defaultPolicy, safety: { count: 1 } })).toEqual([]);
  });

  it('removes nothing by age where no good snapshot takes its place', () => {
    const safety = daysAgo(400, [], { purpose: 'safety' });
    expect(removed([safety, daysAgo(0, ['daily'], { verified: null })])).toEqual([]);
  });

  it('asks for no owner where none is known', () => {
    const old = daysAgo(31, ['daily'], { database: { ...shop, name: 'other' } });
    expect(removed([fresh, old])).toEqual([]);
    expect(removed([fresh, old], defaultPolicy, { owner: null })).toEqual([old.name]);
  });

  it('can keep those made by hand by their age, too', () => {
    const [young, old] = [daysAgo(1), daysAgo(2)];
    const policy = { ...defaultPolicy, manual: { days: 1 } };
    expect(removed([daysAgo(0), young, old], policy)).toEqual([old.name]);
  });

  it('takes a snapshot of this very moment for one of the past', () => {
    const twin = { ...fresh, name: 'twin', path: '/backups/twin.json.gz' };
    expect(removed([fresh, twin], { ...defaultPolicy, maxCount: 1 })).toHaveLength(1);
  });

  it('keeps the newest five weeklies and twelve monthlies', () => {
    const weeklies = Array.from({ length: 7 }, (_, week) => daysAgo(7 * week, ['weekly']));
    const monthlies = Array.from({ length: 14 }, (_, month) => daysAgo(31 * month + 0.5, ['monthly']));
    expect(removed([...weeklies, ...monthlies])).toEqual(
      [...weeklies.slice(5), ...monthlies.slice(12)].map(({ name }) => name),
    );
  });

  it('keeps a snapshot as long as any tier that it serves', () => {
    const both = daysAgo(60, ['monthly', 'daily']);
    expect(removed([fresh, both])).toEqual([]);
    expect(removed([fresh, both], { ...defaultPolicy, monthly: { days: 31 } })).toEqual([both.name]);
  });

  it('keeps at most so many automatic ones', () => {
    const dailies = Array.from({ length: 6 }, (_, days) => daysAgo(days, ['daily']));
    const policy = { ...defaultPolicy, maxCount: 4 };
    expect(removed([...dailies, daysAgo(9)], policy)).toEqual(dailies.slice(4).map(({ name }) => name));
  });

  it('of so many days alone holds for every automatic tier', () => {
    const old = [daysAgo(8, ['daily']), daysAgo(9, ['weekly']), daysAgo(10, ['monthly'])];
    expect(removed([fresh, ...old, daysAgo(11)], policyOfDays(defaultPolicy, 7))).toEqual(
      old.map(({ name }) => name),
    );
  });

  it('keeps what was made by hand, and says that it is for that', () => {
    const manual = daysAgo(400);
    const decisions = applyPolicy([fresh, manual], defaultPolicy, facts);
    expect(decisions[1]).toMatchObject({ action: 'keep', isManual: true, reason: 'it was made by hand' });
    expect(removed([fresh, manual], { ...defaultPolicy, manual: { days: 30 } })).toEqual([manual.name]);
  });

  it('removes old safety snapshots by an age of their own', () => {
    const [young, old] = [29, 31].map((days) => daysAgo(days, [], { purpose: 'safety' }));
    expect(removed([fresh, young!, old!])).toEqual([old!.name]);
  });

  it.each<[string, Candidate, Partial<PolicyFacts>]>([
    ['is pinned', daysAgo(90, ['daily'], { pinned: true }), {}],
    ['is of another database', daysAgo(90, ['daily'], { database: { ...shop, name: 'other' } }), {}],
    ['is not verified', daysAgo(90, ['daily'], { verified: null }), {}],
    ['cannot be read', { name: 'x', path: '/backups/x.json.gz', sidecar: null }, {}],
    ['is of the future', daysAgo(-90, ['daily']), {}],
    ['is needed', daysAgo(90, ['daily']), { needed: new Map([[daysAgo(90, ['daily']).path, 'undo']]) }],
    [
      'is an old safety snapshot that is needed',
      daysAgo(90, [], { purpose: 'safety' }),
      { needed: new Map([[daysAgo(90).path, 'undo']]) },
    ],
  ])('keeps what %s', (_what, snapshot, more) => {
    expect(removed([fresh, snapshot], { ...defaultPolicy, maxCount: 1 }, more)).toEqual([]);
  });

  it('keeps what is old while the clock is in doubt', () => {
    const old = [daysAgo(90, ['daily']), daysAgo(90, [], { purpose: 'safety' })];
    expect(removed([fresh, ...old])).toHaveLength(2);
    expect(removed([fresh, ...old], defaultPolicy, { isClockTrusted: false })).toEqual([]);
  });

  it('keeps the newest verified one however old, and counts age from it', () => {
    const snapshots = [daysAgo(400, ['daily']), daysAgo(420, ['daily']), daysAgo(440, ['daily'])];
    expect(removed(snapshots)).toEqual([snapshots[2]!.name]);
  });

  it('removes nothing when only bad snapshots came after the good ones', () => {
    const good = daysAgo(40, ['daily']);
    const bad = [1, 2, 3].map((days) => daysAgo(days, ['daily'], { verified: null }));
    const older = daysAgo(69, ['daily']);
    expect(removed([...bad, good, older])).toEqual([]);
  });

  it('lets no emptied snapshot take the place of a full one', () => {
    const full = Array.from({ length: 5 }, (_, week) => daysAgo(7 * week + 14, ['weekly']));
    const empty = [daysAgo(0, ['weekly'], { rows: 0 }), daysAgo(7, ['weekly'], { rows: 90 })];
    expect(removed([...empty, ...full])).toEqual([]);
    const reasons = applyPolicy([...empty, ...full], defaultPolicy, facts).map(({ reason }) => reason);
    expect(reasons[1]).toContain('counts for nothing');
  });

  it.each<[string, object]>([
    ['empty', { daily: null, weekly: null, monthly: null, manual: null, safety: null }],
    ['0', { daily: { days: 0 } }],
    ['negative', { weekly: { count: -5 } }],
    ['not a number', { monthly: { count: Number.NaN } }],
    ['infinite', { daily: { days: Number.POSITIVE_INFINITY } }],
    ['huge', { daily: { days: 1e9 } }],
    ['a fraction', { daily: { days: 0.5 } }],
    ['of an unknown tier', { hourly: { count: 1 } }],
    ['of an unknown rule', { daily: { weeks: 3 } }],
    ['of two rules at once', { daily: { days: 3, count: 1 } }],
    ['a text', { daily: '30' }],
    ['missing a tier', { daily: undefined }],
    ['a maximum of 0', { maxCount: 0 }],
  ])('that is %s removes nothing and says so', (_what, odd) => {
    const policy = { ...defaultPolicy, ...odd } as RetentionPolicy;
    const decisions = applyPolicy([fresh, daysAgo(90, ['daily'])], policy, facts);
    expect(decisions.map(({ action }) => action)).toEqual(['keep', 'keep']);
    expect(decisions[0]!.reason).toMatch(/^the policy is odd: /);
  });
});
