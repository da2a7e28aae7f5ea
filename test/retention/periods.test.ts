import { describe, expect, it } from 'vitest';
import { currentPeriod, nextDue } from '../../src/retention/periods.ts';
import { defaultSchedule, type Schedule } from '../../src/retention/schedule.ts';
import type { Tier } from '../../src/snapshot/header.ts';

function periodAt(now: string, tier: Tier, schedule: Partial<Schedule> = {}) {
  const period = currentPeriod({ ...defaultSchedule, ...schedule }, tier, new Date(now));
  return period === null ? null : [period.date, period.due.toISOString(), period.next.toISOString()];
}

const berlin = { zone: 'Europe/Berlin' };
const halfPastTwo = { ...berlin, daily: { hour: 2, minute: 30 } };

describe('the present period', () => {
  it.each<[string, string, Tier, Partial<Schedule>, string[]]>([
    [
      'a day',
      '2026-11-20T12:00:00Z',
      'daily',
      {},
      ['2026-11-20', '2026-11-20T02:00:00.000Z', '2026-11-21T02:00:00.000Z'],
    ],
    [
      'a minute before',
      '2026-11-20T01:59:59.999Z',
      'daily',
      {},
      ['2026-11-19', '2026-11-19T02:00:00.000Z', '2026-11-20T02:00:00.000Z'],
    ],
    [
      'the very instant',
      '2026-11-20T02:00:00Z',
      'daily',
      {},
      ['2026-11-20', '2026-11-20T02:00:00.000Z', '2026-11-21T02:00:00.000Z'],
    ],
    [
      'a week',
      '2026-11-21T08:00:00Z',
      'weekly',
      {},
      ['2026-11-15', '2026-11-15T03:00:00.000Z', '2026-11-22T03:00:00.000Z'],
    ],
    [
      'a Sunday before its time',
      '2026-11-22T02:59:00Z',
      'weekly',
      {},
      ['2026-11-15', '2026-11-15T03:00:00.000Z', '2026-11-22T03:00:00.000Z'],
    ],
    [
      'a month',
      '2026-11-21T08:00:00Z',
      'monthly',
      {},
      ['2026-11-01', '2026-11-01T04:00:00.000Z', '2026-12-01T04:00:00.000Z'],
    ],
    [
      'the 31st in February',
      '2027-03-01T00:00:00Z',
      'monthly',
      { monthly: { day: 31, hour: 4, minute: 0 } },
      ['2027-02-28', '2027-02-28T04:00:00.000Z', '2027-03-31T04:00:00.000Z'],
    ],
    [
      'a zone ahead of UTC',
      '2026-11-20T14:00:00Z',
      'daily',
      { zone: 'Pacific/Auckland' },
      ['2026-11-21', '2026-11-20T13:00:00.000Z', '2026-11-21T13:00:00.000Z'],
    ],
    [
      'a zone behind UTC',
      '2026-11-20T06:59:00Z',
      'daily',
      { zone: 'America/New_York' },
      ['2026-11-19', '2026-11-19T07:00:00.000Z', '2026-11-20T07:00:00.000Z'],
    ],
    [
      'a time that the gap leaves out',
      '2027-03-28T01:30:00Z',
      'daily',
      halfPastTwo,
      ['2027-03-28', '2027-03-28T01:30:00.000Z', '2027-03-29T00:30:00.000Z'],
    ],
    [
      'just before the gap ends',
      '2027-03-28T01:29:00Z',
      'daily',
      halfPastTwo,
      ['2027-03-27', '2027-03-27T01:30:00.000Z', '2027-03-28T01:30:00.000Z'],
    ],
    [
      'a time that comes twice, the first time',
      '2026-10-25T00:30:00Z',
      'daily',
      halfPastTwo,
      ['2026-10-25', '2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
    ],
    [
      'a time that comes twice, the second time',
      '2026-10-25T01:30:00Z',
      'daily',
      halfPastTwo,
      ['2026-10-25', '2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
    ],
    [
      'a date that a zone left out',
      '2011-12-30T13:00:00Z',
      'daily',
      { zone: 'Pacific/Apia' },
      ['2011-12-31', '2011-12-30T12:00:00.000Z', '2011-12-31T12:00:00.000Z'],
    ],
    [
      '1970',
      '1970-01-01T00:00:00Z',
      'monthly',
      {},
      ['1969-12-01', '1969-12-01T04:00:00.000Z', '1970-01-01T04:00:00.000Z'],
    ],
    [
      'the end of 32-bit time',
      '2038-01-19T03:14:08Z',
      'daily',
      {},
      ['2038-01-19', '2038-01-19T02:00:00.000Z', '2038-01-20T02:00:00.000Z'],
    ],
  ])('is right for %s', (_what, now, tier, schedule, expected) => {
    expect(periodAt(now, tier, schedule)).toEqual(expected);
  });

  it('does not exist for a tier that is switched off', () => {
    expect(periodAt('2026-11-20T12:00:00Z', 'weekly', { weekly: null })).toBeNull();
  });

  it.each([
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/Sao_Paulo',
  ])(
    'follows the one before it without a gap or an overlap, for two years in %s',
    (zone) => {
      const schedule = { ...defaultSchedule, zone, daily: { hour: 2, minute: 10 } };
      const dates = new Set<string>();
      let period = currentPeriod(schedule, 'daily', new Date('2026-01-01T12:00:00Z'))!;
      while (period.due.getTime() < Date.UTC(2028, 0, 1)) {
        const last = currentPeriod(schedule, 'daily', new Date(period.next.getTime() - 1))!;
        expect(last).toEqual(period);
        dates.add(period.date);
        const next = currentPeriod(schedule, 'daily', period.next)!;
        expect(next.due).toEqual(period.next);
        period = next;
      }
      const [first, last] = [[...dates].at(0)!, [...dates].at(-1)!];
      expect(dates.size).toBe((Date.parse(last) - Date.parse(first)) / 86_400_000 + 1);
    },
    60_000,
  );
});

describe('the next due time', () => {
  it('is the nearest of all tiers', () => {
    expect(nextDue(defaultSchedule, new Date('2026-11-22T02:30:00Z'))?.toISOString()).toBe(
      '2026-11-22T03:00:00.000Z',
    );
  });

  it('does not exist when every tier is off', () => {
    const off = { zone: 'UTC', daily: null, weekly: null, monthly: null };
    expect(nextDue(off, new Date('2026-11-22T02:30:00Z'))).toBeNull();
  });
});
