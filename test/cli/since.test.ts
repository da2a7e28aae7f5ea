import { expect, it } from 'vitest';
import { parseSince } from '../../src/cli/since.ts';

const now = new Date('2026-11-20T10:30:00.000Z');

it.each([
  ['2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['2026-11-20T10:30Z', '2026-11-20T10:30:00.000Z'],
  ['2026-11-20T10:30:05.123+02:00', '2026-11-20T08:30:05.123Z'],
  ['24h', '2026-11-19T10:30:00.000Z'],
  ['7d', '2026-11-13T10:30:00.000Z'],
  ['90m', '2026-11-20T09:00:00.000Z'],
  ['2 w', '2026-11-06T10:30:00.000Z'],
])('takes %s for %s', (text, instant) => {
  expect(parseSince(text, now).toISOString()).toBe(instant);
});

it.each(['', '2026-02-30', '2026-13-01', '20.11.2026', '2026-11-20T10:30', 'yesterday', '-1d', '99999999d'])(
  'refuses %j',
  (text) => {
    expect(() => parseSince(text, now)).toThrow('it is no point in time');
  },
);
