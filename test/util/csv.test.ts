import { expect, it } from 'vitest';
import { formatCsv } from '../../src/util/csv.ts';

it('doubles quotes, and quotes what holds a comma, a quote or a line break', () => {
  const rows = [
    ['plain', 'a,b', 'say "hi"'],
    ['two\nlines', null, 'x\r'],
  ];
  expect(formatCsv(rows)).toBe('plain,"a,b","say ""hi"""\r\n"two\nlines",,"x\r"\r\n');
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\0x', '＝1'])('keeps %j from being a formula', (text) => {
  expect(formatCsv([[text]])).toBe(`'${text}\r\n`);
});

it('keeps a formula in quotes from being one', () => {
  expect(formatCsv([['=HYPERLINK("x","y")']])).toBe(`"'=HYPERLINK(""x"",""y"")"\r\n`);
});

it('leaves numbers as they are, also below zero', () => {
  expect(formatCsv([[-5, 0, 1.5]])).toBe('-5,0,1.5\r\n');
});
