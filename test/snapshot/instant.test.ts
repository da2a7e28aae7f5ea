import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../src/snapshot/instant.ts';

const noon = Date.UTC(2024, 1, 29, 12, 34, 56, 789);

describe('parseInstant', () => {
  it.each<[string, number | null]>([
    ['"2024-02-29T12:34:56.789Z"', noon],
    ['"2024-02-29T12:34:56.789+00:00"', noon],
    ['"2024-02-29 12:34:56.789"', noon],
    ['"2024-02-29 12:34:56.789123"', noon],
    ['"2024-02-29 12:34:56.789+00"', noon],
    ['"2024-02-29 18:04:56.789+05:30"', noon],
    ['"2024-02-29 18:04:56.789+0530"', noon],
    ['"2024-02-29 04:34:56.789-08"', noon],
    ['"2024-02-29 12:34:56"', noon - 789],
    ['"2024-02-29 12:34:56.7"', noon - 89],
    ['"2024-02-29"', Date.UTC(2024, 1, 29)],
    ['1709210096789', noon],
    ['946684800000', Date.UTC(2000, 0, 1)],
    ['null', null],
    ['true', null],
    ['1709210096', null],
    ['"1709210096789"', null],
    ['-1709210096789', null],
    ['"infinity"', null],
    ['"-infinity"', null],
    ['"0044-03-15 BC"', null],
    ['"0000-00-00 00:00:00"', null],
    ['"2024-13-01 00:00:00"', null],
    ['"2024-02-29 25:00:00"', null],
    ['"12:34:56"', null],
    ['"29.02.2024"', null],
    ['""', null],
    ['{"i":"1709210096789"}', null],
  ])('takes %s for %s', (token, expected) => {
    expect(parseInstant(token)).toBe(expected);
  });
});
