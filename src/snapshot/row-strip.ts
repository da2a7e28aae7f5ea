import { AppError } from '../errors.ts';
import type { RowChunk } from './rows.ts';

const lineFeed = 0x0a;
const comma = 0x2c;
const openBracket = 0x5b;

/** The rows of a stretch of the document: the same lines without the commas between them, moved together in `text`. */
export function stripCommas(text: Buffer, isTableStart: boolean): RowChunk {
  let length = 0;
  let rows = 0;
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf(lineFeed, start) + 1;
    if (end === 0) throw new AppError('SNAPSHOT.CONTENT', 'A row does not end with a line feed');
    const isFirst = isTableStart && rows === 0;
    const from = isFirst ? start : start + 1;
    if ((!isFirst && text[start] !== comma) || text[from] !== openBracket) {
      throw new AppError('SNAPSHOT.CONTENT', 'A row is not separated by one comma from the row before');
    }
    text.copyWithin(length, from, end);
    length += end - from;
    rows++;
    start = end;
  }
  return { bytes: text.subarray(0, length), rows };
}
