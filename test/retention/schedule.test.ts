import { describe, expect, it } from 'vitest';
import {
  defaultSchedule,
  formatTierTime,
  parseMonthlyTime,
  parseTimeOfDay,
  parseWeeklyTime,
} from '../../src/retention/schedule.ts';

describe('times of a schedule', () => {
  it('are read from text', () => {
    expect(parseTimeOfDay(' 2:05 ')).toEqual({ hour: 2, minute: 5 });
    expect(parseWeeklyTime('Sunday 03:00')).toEqual({ weekday: 7, hour: 3, minute: 0 });
    expect(parseWeeklyTime('mon 23:59')).toEqual({ weekday: 1, hour: 23, minute: 59 });
    expect(parseMonthlyTime('31 04:00')).toEqual({ day: 31, hour: 4, minute: 0 });
  });

  it.each(['', '24:00', '2', '02:60', '-1:00', '2:5', 'noon'])('are not read from %j', (text) => {
    expect([parseTimeOfDay(text), parseWeeklyTime(`sunday ${text}`), parseMonthlyTime(`1 ${text}`)]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it.each(['someday 03:00', 'su 03:00', '7 03:00', 'sunday'])('of a week are not read from %j', (text) => {
    expect(parseWeeklyTime(text)).toBeNull();
  });

  it.each(['0 04:00', '32 04:00', 'first 04:00', '1'])('of a month are not read from %j', (text) => {
    expect(parseMonthlyTime(text)).toBeNull();
  });

  it('are shown to people', () => {
    expect([
      formatTierTime(defaultSchedule, 'daily'),
      formatTierTime(defaultSchedule, 'weekly'),
      formatTierTime({ ...defaultSchedule, monthly: null }, 'monthly'),
    ]).toEqual(['daily 02:00', 'weekly sunday 03:00', 'monthly off']);
  });
});
