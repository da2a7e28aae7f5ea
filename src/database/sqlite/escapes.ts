import { notACell } from './cell-kind.ts';

const backslash = 0x5c;
const letterU = 0x75;

const isEscape = new Uint8Array(256);
for (const letter of '"\\/bfnrtu') isEscape[letter.charCodeAt(0)] = 1;

const unicodeEscape = /^\\u(?:d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(?!d[89a-f])[0-9a-f]{4})/i;

/**
 * Checks every escape sequence in row lines: SQLite's own reader is more liberal than JSON, and would store half a
 * surrogate pair as a text that is not UTF-8.
 *
 * @throws AppError SNAPSHOT.CONTENT
 */
export function checkEscapes(lines: Buffer): void {
  const { length } = lines;
  for (let at = 0; at < length; at++) {
    if (lines[at] !== backslash) continue;
    const letter = lines[at + 1]!;
    if (isEscape[letter] !== 1) throw notACell(lines, at, at + 2);
    at += letter === letterU ? lengthOfUnicodeEscape(lines, at) - 1 : 1;
  }
}

function lengthOfUnicodeEscape(lines: Buffer, at: number): number {
  const match = unicodeEscape.exec(lines.toString('latin1', at, at + 12));
  if (match === null) throw notACell(lines, at, at + 12);
  return match[0].length;
}
