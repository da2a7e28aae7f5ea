import { expect, it } from 'vitest';
import { isDrillDue } from '../../src/retention/due-drill.ts';
import { defaultSchedule } from '../../src/retention/schedule.ts';

const sunday = { ...defaultSchedule, drill: { weekday: 7, hour: 3, minute: 0 } };
const at = (time: string) => new Date(time);

it.each([
  ['never made', null, '2026-11-22T03:00:00Z', true],
  ['made before the last time', '2026-11-22T02:59:59Z', '2026-11-22T03:00:00Z', true],
  ['made since', '2026-11-22T03:00:00Z', '2026-11-28T23:00:00Z', false],
  ['made a week ago', '2026-11-22T03:05:00Z', '2026-11-29T03:00:00Z', true],
])('a drill that was %s', (_what, last, now, isDue) => {
  expect(isDrillDue(sunday, last, at(now))).toBe(isDue);
});

it('is never due where the schedule has none', () => {
  expect(isDrillDue(defaultSchedule, null, at('2026-11-22T03:00:00Z'))).toBe(false);
  expect(isDrillDue({ ...sunday, drill: null }, null, at('2026-11-22T03:00:00Z'))).toBe(false);
});
