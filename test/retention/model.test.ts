import { describe, expect, it } from 'vitest';
import { applyPolicy } from '../../src/retention/apply-policy.ts';
import { type Apply, brokenLaws } from './laws.ts';
import { randomFrom, randomHistory } from './random-history.ts';

const histories = 100_000;
const seed = 20_261_121;

/** The laws that are broken, with the number of the first history that breaks each. */
function breaches(count: number, apply: Apply = applyPolicy): Map<string, number> {
  const random = randomFrom(seed);
  const found = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    for (const law of brokenLaws(randomHistory(random), apply)) if (!found.has(law)) found.set(law, index);
  }
  return found;
}

/** A policy in which one thing is done wrong. */
function wrong(change: (facts: Parameters<Apply>[2]) => Parameters<Apply>[2]): Apply {
  return (snapshots, policy, facts) => applyPolicy(snapshots, policy, change(facts));
}

describe(`retention, over ${histories} random histories of seed ${seed}`, () => {
  it('breaks no law', () => {
    expect([...breaches(histories)]).toEqual([]);
  }, 120_000);

  it('removes something in many of them', () => {
    const random = randomFrom(seed);
    const removing = Array.from({ length: 2000 }, () => randomHistory(random)).filter(
      ({ snapshots, policy, facts }) =>
        applyPolicy(snapshots, policy, facts).some(({ action }) => action === 'remove'),
    );
    expect(removing.length).toBeGreaterThan(700);
  });
});

describe('the laws', () => {
  const everythingGoes: Apply = (snapshots, _policy, _facts) =>
    snapshots.map((snapshot) => ({ snapshot, action: 'remove', reason: '', isManual: false }));
  /** Unverified ones are taken for good: they displace. */
  const credulous: Apply = (snapshots, policy, facts) => {
    const trusted = snapshots.map((one) =>
      one.sidecar?.verified === null
        ? { ...one, sidecar: { ...one.sidecar, verified: one.sidecar.created } }
        : one,
    );
    return applyPolicy(trusted, policy, facts);
  };
  /** Age by the wall clock: snapshots die of time alone. */
  const byWallClock: Apply = (snapshots, policy, facts) =>
    applyPolicy(snapshots, policy, facts).map((decision) => {
      const ageMs = facts.now.getTime() - Date.parse(decision.snapshot.sidecar?.created ?? '');
      const isOld = ageMs > 90 * 86_400_000 && decision.reason.includes('for ');
      return isOld ? { ...decision, action: 'remove' as const } : decision;
    });

  it.each<[string, Apply, string]>([
    ['everything goes', everythingGoes, 'newest verified stays'],
    ['unverified ones count', credulous, 'unverified stays'],
    ['age is by the wall clock', byWallClock, 'time alone deletes nothing'],
    ['needed ones are forgotten', wrong((facts) => ({ ...facts, needed: new Map() })), 'needed stays'],
    ['the database is not looked at', wrong((facts) => ({ ...facts, owner: null })), 'others stay'],
    [
      'the clock is always trusted',
      wrong((facts) => ({ ...facts, isClockTrusted: true })),
      'a doubtful clock deletes nothing for its age',
    ],
    [
      'the future is taken for the past',
      wrong((facts) => ({ ...facts, now: new Date('2100-01-01') })),
      'future stays',
    ],
  ])('catch a policy in which %s', (_what, apply, law) => {
    expect([...breaches(3000, apply).keys()]).toContain(law);
  });
});
