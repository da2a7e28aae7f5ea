import { expect, it } from 'vitest';
import { beginningOfTime, endOfTime, parseInstantText } from '../../src/util/instant-text.ts';

const micros = (iso: string): bigint => BigInt(new Date(iso).getTime()) * 1000n;

it.each([
  ['2025-03-04', micros('2025-03-04T00:00:00Z')],
  ['2025-03-04 05:06', micros('2025-03-04T05:06:00Z')],
  ['2025-03-04 05:06:07', micros('2025-03-04T05:06:07Z')],
  ['2025-03-04T05:06:07.008+00:00', micros('2025-03-04T05:06:07.008Z')],
  ['2025-03-04 05:06:07.123456+02', micros('2025-03-04T03:06:07.123Z') + 456n],
  ['2025-03-04 05:06:07-03:30', micros('2025-03-04T08:36:07Z')],
  ['2024-02-29T23:59:59.999Z', micros('2024-02-29T23:59:59.999Z')],
  ['0001-01-01 00:00:00', micros('0001-01-01T00:00:00Z')],
  ['0001-01-01 00:00:00 BC', micros('0000-01-01T00:00:00Z')],
  ['12345-01-01', micros('+012345-01-01T00:00:00Z')],
  ['12:30:00', 45_000_000_000n],
  ['infinity', endOfTime],
  ['-infinity', beginningOfTime],
  ['0000-00-00 00:00:00', beginningOfTime],
])('reads %s', (text, expected) => {
  expect(parseInstantText(text)).toBe(expected);
});

it.each([
  '',
  'soon',
  '2025-03-04 05:06:0x',
  '2025-03-04_05:06:07',
  '2025-03-04 05:06:07 soon',
  '2025',
  '2025-02-30',
  '2025-13-01',
  '03/04/2025',
  '1741064767',
])('takes %j for no instant', (text) => {
  expect(parseInstantText(text)).toBeNull();
});
