import { describe, expect, it } from 'vitest';
import {
  addDecimals,
  compareDecimals,
  formatDecimal,
  multiplyDecimals,
  parseDecimal,
} from '../../src/util/decimal.ts';

describe('decimals', () => {
  it.each([
    ['0', '0'],
    ['-0.00', '0'],
    ['1.50', '1.5'],
    ['+7', '7'],
    ['.5', '0.5'],
    ['-12.', '-12'],
    ['1e3', '1000'],
    ['1.5e-7', '0.00000015'],
    ['12345678901234567890.123456789', '12345678901234567890.123456789'],
    ['-0.001', '-0.001'],
    ['-.5', '-0.5'],
    ['007', '7'],
    [' 3 ', '3'],
  ])('read %s as %s', (text, plain) => {
    expect(formatDecimal(parseDecimal(text)!)).toBe(plain);
  });

  it.each(['', '.', '-', '-.', '1.2.3', '1-2', 'NaN', 'Infinity', '1,5', '0x10', 'one', '1e99999'])(
    'refuse %j',
    (text) => {
      expect(parseDecimal(text)).toBeNull();
    },
  );

  it('add up without error, where doubles do not', () => {
    const sum = ['0.1', '0.2'].map((text) => parseDecimal(text)!).reduce(addDecimals);
    expect(formatDecimal(sum)).toBe('0.3');
    expect(0.1 + 0.2).not.toBe(0.3);
  });

  it('multiply and compare beyond what a double can hold', () => {
    const [big, one] = [parseDecimal('9007199254740993')!, parseDecimal('1.0')!];
    expect(formatDecimal(multiplyDecimals(big, one))).toBe('9007199254740993');
    expect(compareDecimals(big, parseDecimal('9007199254740992')!)).toBe(1);
    expect(Number('9007199254740993') > Number('9007199254740992')).toBe(false);
  });
});
