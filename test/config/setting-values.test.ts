import { describe, expect, it } from 'vitest';
import { parseBoolean, parseBytes, parseDuration, wholeNumber } from '../../src/config/setting-values.ts';
import { closestName } from '../../src/util/closest-name.ts';

describe('parseBoolean', () => {
  it.each(['true', '1', 'yes', 'on', 'TRUE', ' On '])('takes %j for true', (text) => {
    expect(parseBoolean(text)).toEqual({ value: true });
  });
  it.each(['false', '0', 'no', 'off', 'False'])('takes %j for false', (text) => {
    expect(parseBoolean(text)).toEqual({ value: false });
  });
  it.each(['', 'maybe', '2', 'truefalse'])('refuses %j', (text) => {
    expect(parseBoolean(text)).toEqual({ reason: `expected true or false, found '${text}'` });
  });
});

describe('parseBytes', () => {
  it.each([
    ['500MB', 500_000_000],
    ['500 mb', 500_000_000],
    ['1.5GiB', 1_610_612_736],
    ['1024', 1024],
    ['1kb', 1000],
    ['1KiB', 1024],
  ])('takes %s for %i bytes', (text, bytes) => {
    expect(parseBytes(text)).toEqual({ value: bytes });
  });
  it.each(['', '0', '-1', 'MB', '5XB', '1,5GB', '0.2'])('refuses %j', (text) => {
    expect(parseBytes(text)).toHaveProperty('reason');
  });
});

describe('parseDuration', () => {
  it.each([
    ['30', 30_000],
    ['30s', 30_000],
    ['500ms', 500],
    ['2m', 120_000],
    ['2 min', 120_000],
    ['0', 0],
    ['24h', 86_400_000],
  ])('takes %s for %i ms', (text, ms) => {
    expect(parseDuration(text)).toEqual({ value: ms });
  });
  it.each(['', 'soon', '-1', '25h', '1d'])('refuses %j', (text) => {
    expect(parseDuration(text)).toHaveProperty('reason');
  });
});

describe('wholeNumber', () => {
  it.each(['1', '9', ' 6 '])('takes %j between 1 and 9', (text) => {
    expect(wholeNumber(1, 9)(text)).toEqual({ value: Number(text) });
  });
  it.each(['0', '10', '1.5', '1e1', '', 'six', '99999999999999999999'])('refuses %j', (text) => {
    expect(wholeNumber(1, 9)(text)).toEqual({
      reason: `expected a whole number from 1 to 9, found '${text}'`,
    });
  });
});

describe('closestName', () => {
  const known = ['backupDir', 'retentionDays', 'compression', 'compressionLevel'];
  it.each([
    ['backupdir', 'backupDir'],
    ['retentionDay', 'retentionDays'],
    ['compresion', 'compression'],
    ['compressionlevl', 'compressionLevel'],
    ['databaseUrl', null],
    ['x', null],
  ])('takes %s for %s', (name, expected) => {
    expect(closestName(name, known)).toBe(expected);
  });
});
