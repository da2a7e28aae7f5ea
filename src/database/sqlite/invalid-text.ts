import { isUtf8 } from 'node:buffer';
import type { RowLineReader } from '../../snapshot/row-line.ts';
import { bytesOfString, isString } from './json-text.ts';
import { rewriteTokens } from './rewrite-tokens.ts';

/**
 * SQLite stores texts without looking at them, and its JSON functions pass them on: here the strings that are not
 * UTF-8 become `{"t":"hex"}`. Lines that are UTF-8 are returned as they are.
 */
export function tagInvalidText(lines: Buffer, reader: RowLineReader): Buffer {
  if (isUtf8(lines)) return lines;
  return rewriteTokens(lines, reader, (start, end) => {
    if (!isString(lines, start)) return null;
    const token = lines.subarray(start, end);
    return isUtf8(token) ? null : `{"t":"${bytesOfString(token).toString('hex').toUpperCase()}"}`;
  });
}
