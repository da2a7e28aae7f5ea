import { describe, expect, it } from 'vitest';
import { type ClockRecord, setBackBy, watchClock } from '../../src/retention/clock-watch.ts';
import { defaultSchedule } from '../../src/retention/schedule.ts';

const fresh: ClockRecord = { highWater: null, leap: null };

/** The record after runs at these times. */
function afterRuns(...times: readonly string[]): ClockRecord {
  return times.reduce((record, time) => watchClock(record, new Date(time), defaultSchedule), fresh);
}

describe('the watch over the clock', () => {
  it('believes the first run and the runs of every day, weekends included', () => {
    expect(afterRuns('2026-11-20T02:00:00Z', '2026-11-23T08:00:00Z').leap).toBeNull();
  });

  it.each([
    ['weekly', { weekly: defaultSchedule.weekly }, '2026-11-20T02:00:00Z', '2026-11-20T02:00:01Z'],
    ['monthly', {}, '2027-01-07T02:00:00Z', '2027-01-07T02:00:01Z'],
  ])('believes a schedule that is %s at the most for as long as that', (_tier, tiers, within, beyond) => {
    const schedule = { ...defaultSchedule, daily: null, weekly: null, ...tiers };
    const record = watchClock(fresh, new Date('2026-11-06T02:00:00Z'), schedule);
    expect(watchClock(record, new Date(within), schedule).leap).toBeNull();
    expect(watchClock(record, new Date(beyond), schedule).leap).not.toBeNull();
  });

  it('doubts a leap of days, until the clock has run on for two days', () => {
    const leap = ['2026-11-20T02:00:00Z', '2027-12-20T02:00:00Z'];
    expect(afterRuns(...leap).leap).toEqual({
      from: '2026-11-20T02:00:00.000Z',
      to: '2027-12-20T02:00:00.000Z',
    });
    expect(afterRuns(...leap, '2027-12-21T02:00:00Z').leap).not.toBeNull();
    expect(afterRuns(...leap, '2027-12-21T02:00:00Z', '2027-12-22T02:00:01Z').leap).toBeNull();
  });

  it('forgets a leap that was taken back, and says how far back', () => {
    const record = afterRuns('2026-11-20T02:00:00Z', '2027-11-20T02:00:00Z', '2026-11-21T02:00:00Z');
    expect(record.leap).toBeNull();
    expect(setBackBy(record, new Date('2026-11-21T02:00:00Z'))).toBe(364 * 86_400_000);
  });

  it('doubts a leap that was taken back by a part of it only', () => {
    const leap = ['2026-11-20T02:00:00Z', '2027-12-20T02:00:00Z'];
    expect(afterRuns(...leap, '2027-12-20T01:59:59Z').leap).not.toBeNull();
    expect(afterRuns(...leap, '2027-06-01T00:00:00Z').leap).not.toBeNull();
  });

  it('takes a few minutes back for a clock that was set right', () => {
    expect(setBackBy(afterRuns('2026-11-20T02:00:00Z'), new Date('2026-11-20T01:56:00Z'))).toBe(0);
    expect(setBackBy(fresh, new Date('2026-11-20T01:56:00Z'))).toBe(0);
  });

  it('expects runs as seldom as the schedule has them', () => {
    const monthly = { ...defaultSchedule, daily: null, weekly: null };
    const first = watchClock(fresh, new Date('2026-01-01T04:00:00Z'), monthly);
    expect(watchClock(first, new Date('2026-02-01T04:00:00Z'), monthly).leap).toBeNull();
    expect(watchClock(first, new Date('2026-02-01T04:00:00Z'), defaultSchedule).leap).not.toBeNull();
  });
});
