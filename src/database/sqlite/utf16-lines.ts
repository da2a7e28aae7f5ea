import { isUtf8 } from 'node:buffer';
import { AppError } from '../../errors.ts';
import type { RowLineReader } from '../../snapshot/row-line.ts';
import { rewriteTokens } from './rewrite-tokens.ts';

/** How a database stores its texts, as `PRAGMA encoding` says it. */
export type TextEncoding = 'UTF-8' | 'UTF-16le' | 'UTF-16be';

type Utf16 = Exclude<TextEncoding, 'UTF-8'>;

const letterU = 0x75;
const letterT = 0x74;
const brace = 0x7b;
const quote = 0x22;
/** `{"u":"` and `"}`. */
const tagStart = 6;
const tagEnd = 2;

/**
 * Turns `{"u":"hex"}`, the bytes of a text in a UTF-16 database, into a JSON string; a text with lone surrogates
 * becomes `{"t":"hex"}` of its UTF-8 form with three bytes for each surrogate.
 */
export function decodeUtf16Lines(lines: Buffer, reader: RowLineReader, encoding: Utf16): Buffer {
  return rewriteTokens(lines, reader, (start, end) => {
    if (lines[start] !== brace || lines[start + 2] !== letterU) return null;
    const bytes = Buffer.from(lines.toString('latin1', start + tagStart, end - tagEnd), 'hex');
    if (bytes.length % 2 === 1) {
      throw new AppError(
        'DATABASE.READ',
        'Cannot read a text of an odd number of bytes in a UTF-16 database',
      );
    }
    if (encoding === 'UTF-16be') bytes.swap16();
    const text = bytes.toString('utf16le');
    return hasLoneSurrogate(text)
      ? `{"t":"${encodeSurrogates(text).toString('hex').toUpperCase()}"}`
      : JSON.stringify(text);
  });
}

/**
 * The way back, for a UTF-16 database: every text becomes `{"t":"hex"}` of the bytes that the database stores, since
 * SQLite's own conversion from UTF-8 replaces some characters.
 */
export function encodeUtf16Lines(lines: Buffer, reader: RowLineReader, encoding: Utf16): Buffer {
  return rewriteTokens(lines, reader, (start, end) => {
    const text = textOfToken(lines, start, end);
    if (text === null) return null;
    const bytes = Buffer.from(text, 'utf16le');
    if (encoding === 'UTF-16be') bytes.swap16();
    return `{"t":"${bytes.toString('hex')}"}`;
  });
}

function textOfToken(lines: Buffer, start: number, end: number): string | null {
  if (lines[start] === quote) return JSON.parse(lines.toString('utf8', start, end)) as string;
  if (lines[start] !== brace || lines[start + 2] !== letterT) return null;
  const bytes = Buffer.from(lines.toString('latin1', start + tagStart, end - tagEnd), 'hex');
  const text = decodeSurrogates(bytes);
  if (text === null) {
    throw new AppError(
      'RESTORE.ROW',
      'Cannot store a text that is not Unicode in a database that stores UTF-16',
      {
        hint: 'Restore into a database made with PRAGMA encoding = "UTF-8".',
      },
    );
  }
  return text;
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

/** UTF-8, but lone surrogates as three bytes each. */
function encodeSurrogates(text: string): Buffer {
  return Buffer.concat(
    text.split(/(\p{Surrogate})/u).map((part) => {
      if (!hasLoneSurrogate(part)) return Buffer.from(part);
      const unit = part.charCodeAt(0);
      return Buffer.from([0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)]);
    }),
  );
}

/** The reverse of `encodeSurrogates`; null when the bytes are something else. */
function decodeSurrogates(bytes: Buffer): string | null {
  let text = '';
  let plain = 0;
  for (let at = 0; at < bytes.length; at++) {
    const isSurrogate = bytes[at] === 0xed && (bytes[at + 1] ?? 0) >= 0xa0 && at + 2 < bytes.length;
    if (!isSurrogate) continue;
    if (!isUtf8(bytes.subarray(plain, at))) return null;
    text += bytes.toString('utf8', plain, at);
    text += String.fromCharCode(0xd000 | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f));
    plain = at + 3;
    at += 2;
  }
  return isUtf8(bytes.subarray(plain)) ? text + bytes.toString('utf8', plain, bytes.length) : null;
}
